//! Statements that see the same moment.

use chancery_journal::Journal;
use deadpool_postgres::Object;
use futures_util::FutureExt;
use tokio_postgres::{Error, Row, types::ToSql};

use super::AdminError;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A pooled connection inside a transaction, which ends with it however it goes.
pub(super) struct Snapshot(Object);

impl Snapshot {
    pub(super) async fn begin(journal: &Journal) -> Result<Self, AdminError> {
        let snapshot = Self(journal.client().await?);
        snapshot.0.batch_execute(BEGIN).await?;
        Ok(snapshot)
    }

    /// Several may be under way at once: they go out together.
    pub(super) async fn rows(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let statement = self.0.prepare_cached(sql).await?;
        self.0.query(&statement, parameters).await
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // One poll sends it; the connection's next user comes after it, and nobody waits for the answer.
        let _ = self.0.batch_execute("ROLLBACK").now_or_never();
    }
}

/// The rows of one statement, which is a snapshot by itself.
pub(super) async fn rows(
    journal: &Journal,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, AdminError> {
    let client = journal.client().await?;
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, parameters).await?)
}
