//! Writing counts: a statement for the keys and one a table.

use std::collections::BTreeMap;

use chancery_wire::usage::{Dimensions, StatusClass};
use deadpool_postgres::Transaction;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use tokio_postgres::{Row, Statement, types::ToSql};
use uuid::Uuid;

use super::{
    Granularity, UsageError,
    counts::{Count, Counts, Key},
    latencies,
};

/// A row whose latencies take more bytes is merged to fewer. A row of one minute, written each second, gets there once
/// or twice; below, Postgres keeps the row in one piece.
const LONG: i32 = 1024;

/// Adds the counts to all three tables.
pub(super) async fn write(transaction: &Transaction<'_>, counts: &Counts) -> Result<(), UsageError> {
    if counts.is_empty() {
        return Ok(());
    }
    write_keys(transaction, counts).await?;
    let failed = UsageError::query("counting usage");
    let mut tables = Vec::new();
    for granularity in Granularity::ALL {
        let sql = include_str!("sql/count.sql").replace("{counts}", granularity.table());
        let statement = transaction.prepare_cached(&sql).await.map_err(&failed)?;
        tables.push((granularity, statement, Columns::of(counts, granularity)));
    }
    // Polled in this order, they go out together; the server takes them one after the other.
    let counted = tables.iter().map(|(_, statement, columns)| columns.count(transaction, statement));
    let long = try_join_all(counted).await.map_err(&failed)?;
    for (granularity, rows) in Granularity::ALL.into_iter().zip(long) {
        shorten(transaction, granularity, &rows).await?;
    }
    Ok(())
}

async fn write_keys(transaction: &Transaction<'_>, counts: &Counts) -> Result<(), UsageError> {
    let failed = UsageError::query("writing the keys of usage");
    // Once for each key, over the minutes in which it counts.
    let mut keys: BTreeMap<Uuid, (&Key, Timestamp, Timestamp)> = BTreeMap::new();
    for ((id, minute), (key, _)) in counts {
        keys.entry(*id).and_modify(|(.., last)| *last = *minute).or_insert((key, *minute, *minute));
    }
    let ids: Vec<Uuid> = keys.keys().copied().collect();
    let keys: Vec<_> = keys.into_values().collect();
    let uuids = |of: fn(&Dimensions) -> Option<Uuid>| -> Vec<Option<Uuid>> {
        keys.iter().map(|(key, ..)| of(&key.dimensions)).collect()
    };
    let texts = |of: fn(&Dimensions) -> Option<&str>| -> Vec<Option<&str>> {
        keys.iter().map(|(key, ..)| of(&key.dimensions)).collect()
    };
    let versions: Vec<Option<i32>> =
        keys.iter().map(|(key, ..)| key.dimensions.version.map(u32::cast_signed)).collect();
    let tenants: Vec<Option<i64>> =
        keys.iter().map(|(key, ..)| key.dimensions.tenant_id.map(u64::cast_signed)).collect();
    let statuses: Vec<Option<&str>> =
        keys.iter().map(|(key, ..)| key.status_class.map(StatusClass::as_str)).collect();
    let peaks: Vec<i16> = keys.iter().map(|(key, ..)| key.peak_of).collect();
    let first: Vec<Timestamp> = keys.iter().map(|(_, first, _)| *first).collect();
    let last: Vec<Timestamp> = keys.iter().map(|(.., last)| *last).collect();
    let columns: [&(dyn ToSql + Sync); 18] = [
        &ids,
        &uuids(|of| of.app_id),
        &versions,
        &tenants,
        &uuids(|of| of.group_id),
        &texts(|of| of.environment.as_deref()),
        &texts(|of| of.client_id.as_deref()),
        &uuids(|of| of.secret_id),
        &texts(|of| of.module.as_deref()),
        &texts(|of| of.operation.as_deref()),
        &texts(|of| of.method.as_deref()),
        &texts(|of| of.scope.as_deref()),
        &texts(|of| of.report_id.as_deref()),
        &texts(|of| Some(&of.outcome)),
        &statuses,
        &peaks,
        &first,
        &last,
    ];
    let statement = transaction.prepare_cached(include_str!("sql/keys.sql")).await.map_err(&failed)?;
    transaction.execute(&statement, &columns).await.map_err(&failed)?;
    Ok(())
}

/// What is added to one table, a vector a column.
#[derive(Debug, Default)]
struct Columns {
    keys: Vec<Uuid>,
    begins: Vec<Timestamp>,
    calls: Vec<i64>,
    peaks: Vec<i32>,
    bytes_in: Vec<i64>,
    bytes_out: Vec<i64>,
    latencies: Vec<Vec<u8>>,
}

impl Columns {
    fn of(counts: &Counts, granularity: Granularity) -> Self {
        let mut spans: BTreeMap<(Uuid, Timestamp), Count> = BTreeMap::new();
        for ((key, minute), (_, count)) in counts {
            spans.entry((*key, granularity.begin(*minute))).or_default().add(count);
        }
        let mut columns = Self::default();
        for ((key, begin), count) in spans {
            columns.keys.push(key);
            columns.begins.push(begin);
            columns.calls.push(count.calls.cast_signed());
            columns.peaks.push(i32::try_from(count.peak).unwrap_or(i32::MAX));
            columns.bytes_in.push(count.bytes_in.cast_signed());
            columns.bytes_out.push(count.bytes_out.cast_signed());
            columns.latencies.push(latencies::write(&count.latency));
        }
        columns
    }

    async fn count(
        &self,
        transaction: &Transaction<'_>,
        statement: &Statement,
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let Self { keys, begins, calls, peaks, bytes_in, bytes_out, latencies } = self;
        let columns: [&(dyn ToSql + Sync); 8] =
            [keys, begins, calls, peaks, bytes_in, bytes_out, latencies, &LONG];
        transaction.query(statement, &columns).await
    }
}

/// Merges latencies that have grown long. The rows are locked by who has just written them.
async fn shorten(
    transaction: &Transaction<'_>,
    granularity: Granularity,
    long: &[Row],
) -> Result<(), UsageError> {
    let failed = UsageError::query("merging latencies");
    let (mut keys, mut begins, mut shorter) = (Vec::<Uuid>::new(), Vec::<Timestamp>::new(), Vec::new());
    for row in long {
        let bytes: &[u8] = row.get(2);
        let merged = latencies::write(&latencies::read(bytes));
        if merged.len() < bytes.len() {
            keys.push(row.get(0));
            begins.push(row.get(1));
            shorter.push(merged);
        }
    }
    if keys.is_empty() {
        return Ok(());
    }
    let sql = include_str!("sql/shorten.sql").replace("{counts}", granularity.table());
    let statement = transaction.prepare_cached(&sql).await.map_err(&failed)?;
    transaction.execute(&statement, &[&keys, &begins, &shorter]).await.map_err(&failed)?;
    Ok(())
}
