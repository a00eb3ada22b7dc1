//! Until when everything that was called has been counted.

use deadpool_postgres::Transaction;
use jiff::{SignedDuration, Timestamp};

use super::{Usage, UsageError};

/// The time until which reports are complete: up to the oldest gap, and as far as every source that lives has come.
///
/// A source lives until it says that it ends, or until nothing was heard of it for `silence`: what a process that died
/// had counted and not sent is lost, and nobody can say what it was. A gap stands until it is filled, or until its
/// source is forgotten, a week after its last batch. Where no source lives, everything that is known is counted: now.
///
/// A source that tells of a time before it was made holds nobody up for it: else any gateway that brings in what it missed, or
/// whose clock is wrong, would take back what reports have called complete.
pub(super) async fn complete_until(
    transaction: &Transaction<'_>,
    silence: SignedDuration,
) -> Result<Timestamp, UsageError> {
    let failed = UsageError::query("reading how complete usage is");
    let statement = transaction.prepare_cached(include_str!("sql/complete.sql")).await.map_err(&failed)?;
    let row = transaction.query_one(&statement, &[&silence.as_secs_f64()]).await.map_err(&failed)?;
    Ok(row.get(0))
}

impl Usage {
    /// How many batches are missing, of all sources.
    pub async fn missing(&self) -> Result<u64, UsageError> {
        let failed = UsageError::query("counting the batches of usage that are missing");
        let connection = self.connection().await?;
        let sql = "SELECT least(coalesce(sum(last - first + 1), 0), 9223372036854775807)::bigint FROM public.usage_gaps";
        let row = connection.query_one(sql, &[]).await.map_err(failed)?;
        Ok(row.get::<_, i64>(0).cast_unsigned())
    }
}
