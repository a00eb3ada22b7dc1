//! Comparing two builds that stand at one position: by what their writers added up, so that nobody waits while all rows
//! are read. Only where that differs, rows are looked at.

use deadpool_postgres::{ClientWrapper, Transaction};
use serde::Serialize;
use tokio_postgres::Error;

use crate::{Digest, TableComparison, compare::compare};

const DRIFT: &str = include_str!("drift.sql");
const SUMS: &str = include_str!("sums.sql");

/// What a comparison found, as operators see it.
#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    /// Both builds stood there.
    pub(super) position: u64,
    /// Null where there was nothing to compare; `reason` says why.
    pub(super) equal: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    pub(super) live: Sums,
    pub(super) build: Sums,
    /// The tables that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tables: Vec<TableComparison>,
}

/// A build in numbers.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Sums {
    rows: Digest,
    events: Digest,
    /// Dead letters.
    parked: u64,
}

/// By how much the rows of a build's tables are not what its writers added up: by nothing, unless somebody else changed
/// them.
#[derive(Debug)]
pub(super) struct Drift {
    rows: i64,
    sum: String,
}

impl Default for Drift {
    fn default() -> Self {
        Self { rows: 0, sum: "0".to_owned() }
    }
}

/// Reads all rows of a build in one snapshot, and holds nobody up.
pub(super) async fn drift(client: &ClientWrapper, schema_name: &str) -> Result<Drift, Error> {
    let row = client.query_one(DRIFT, &[&schema_name]).await?;
    Ok(Drift { rows: row.get(0), sum: row.get(1) })
}

/// The sums of a build whose shards' rows are locked.
pub(super) async fn sums(
    transaction: &Transaction<'_>,
    schema_name: &str,
    drift: &Drift,
) -> Result<Sums, Error> {
    let row = transaction.query_one(SUMS, &[&schema_name, &drift.rows, &drift.sum]).await?;
    Ok(Sums {
        rows: Digest::from_row(&row, 0, 1)?,
        events: Digest::from_row(&row, 2, 3)?,
        parked: row.get::<_, i64>(4).cast_unsigned(),
    })
}

/// The tables that differ, and some of their rows.
pub(super) async fn differences(
    transaction: &Transaction<'_>,
    live: &str,
    build: &str,
) -> Result<Vec<TableComparison>, Error> {
    let mut tables = compare(transaction, live, build).await?;
    tables.retain(|table| !table.equal);
    Ok(tables)
}
