//! Two builds of a view, table by table: the same, or where they differ.

use deadpool_postgres::GenericClient;
use serde::Serialize;
use tokio_postgres::Error;

use crate::{Digest, digest};

/// Rows that are shown of each table and side.
const SAMPLE: i64 = 10;

/// A table of two builds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableComparison {
    pub table: String,
    pub equal: bool,
    /// Of the build that readers see.
    pub live: Digest,
    /// Of the one beside it.
    pub other: Digest,
    /// At most 10 rows, as JSON, that the live build has and the other one has not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_live: Vec<String>,
    /// At most 10 rows, as JSON, that the other build has and the live one has not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_other: Vec<String>,
}

/// Compares the rows of two builds of the same tables. Reads all of them, in whatever snapshot the client is.
pub(crate) async fn compare(
    client: &impl GenericClient,
    live: &str,
    other: &str,
) -> Result<Vec<TableComparison>, Error> {
    let lives = digest::tables(client, live).await?;
    let others = digest::tables(client, other).await?;
    let mut comparisons = Vec::with_capacity(lives.len());
    // Both lists are in the order of the tables' names, and of one schema.
    for ((table, of_live), (_, of_other)) in lives.into_iter().zip(others) {
        let equal = of_live == of_other;
        let (mut only_live, mut only_other) = (Vec::new(), Vec::new());
        if !equal {
            only_live = only_in(client, &table, live, other).await?;
            only_other = only_in(client, &table, other, live).await?;
        }
        comparisons.push(TableComparison {
            table,
            equal,
            live: of_live,
            other: of_other,
            only_live,
            only_other,
        });
    }
    Ok(comparisons)
}

/// Some rows of a table that one build has and another has not. The names are the engine's own.
async fn only_in(
    client: &impl GenericClient,
    table: &str,
    schema: &str,
    than: &str,
) -> Result<Vec<String>, Error> {
    let sql = format!(
        "SELECT item FROM (SELECT to_json(r)::text COLLATE \"C\" AS item FROM {schema}.\"{table}\" r \
         EXCEPT ALL SELECT to_json(r)::text FROM {than}.\"{table}\" r) AS x ORDER BY 1 LIMIT {SAMPLE}"
    );
    let rows = client.query(&sql, &[]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}
