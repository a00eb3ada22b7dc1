//! Two builds of a view, table by table: the same, or where they differ.

use std::collections::BTreeMap;

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
    /// The build that has no such table: its digest is that of nothing, and no rows are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_in: Option<Side>,
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

/// One of two builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The one that readers see.
    Live,
    /// The one beside it.
    Other,
}

/// A table's digests on both sides.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pair {
    live: Option<Digest>,
    other: Option<Digest>,
}

impl Pair {
    /// Of all tables that either side has, by their names.
    pub(crate) fn by_name(
        lives: Vec<(String, Digest)>,
        others: impl IntoIterator<Item = (String, Digest)>,
    ) -> BTreeMap<String, Self> {
        let mut pairs: BTreeMap<String, Self> = BTreeMap::new();
        for (table, digest) in lives {
            pairs.entry(table).or_default().live = Some(digest);
        }
        for (table, digest) in others {
            pairs.entry(table).or_default().other = Some(digest);
        }
        pairs
    }

    /// A table that is not there is not an empty one.
    pub(crate) fn equal(&self) -> bool {
        self.live == self.other
    }

    pub(crate) fn missing_in(&self) -> Option<Side> {
        match (self.live, self.other) {
            (None, _) => Some(Side::Live),
            (_, None) => Some(Side::Other),
            _ => None,
        }
    }

    pub(crate) fn live(&self) -> Digest {
        self.live.unwrap_or_default()
    }

    pub(crate) fn other(&self) -> Digest {
        self.other.unwrap_or_default()
    }
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
    for (table, pair) in Pair::by_name(lives, others) {
        let (equal, missing_in) = (pair.equal(), pair.missing_in());
        let (mut only_live, mut only_other) = (Vec::new(), Vec::new());
        if !equal && missing_in.is_none() {
            only_live = only_in(client, &table, live, other).await?;
            only_other = only_in(client, &table, other, live).await?;
        }
        let (live, other) = (pair.live(), pair.other());
        comparisons.push(TableComparison { table, equal, missing_in, live, other, only_live, only_other });
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
