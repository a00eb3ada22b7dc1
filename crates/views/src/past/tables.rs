//! The view's tables for the length of a transaction.

use chancery_journal::Journal;
use chancery_wire::Recorded;
use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};

use super::{failed, unfoldable};
use crate::{ReadError, View};

/// What is made in the first schema of the path, where that is `pg_temp`, is temporary. Nothing has statistics, so the
/// planner is held to the indexes, as for every page.
const ENTER: &str = "SET LOCAL search_path = pg_temp; SET LOCAL statement_timeout = '15s'; \
    SET LOCAL enable_seqscan = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_hashjoin = off";

/// The rows of a statement over the view's tables, once these events are folded into them.
pub(super) async fn rows(
    journal: &Journal,
    time: Timestamp,
    view: &dyn View,
    events: &[Recorded],
    (sql, parameters): (&str, &[&(dyn ToSql + Sync)]),
) -> Result<Vec<Row>, ReadError> {
    let failed = |source| failed(view, source);
    let client = journal.client().await;
    let mut client = client.map_err(|source| ReadError::Connection { view: view.name(), source })?;
    let transaction = client.transaction().await.map_err(failed)?;
    // Postgres's times begin later than those of a moment can.
    let (time, schema) = (time.max(Timestamp::UNIX_EPOCH), view.schema());
    let made = format!("{ENTER}; SET LOCAL chancery.moment = '{time}'; {schema}");
    transaction.batch_execute(&made).await.map_err(failed)?;
    if !events.is_empty() {
        view.apply(&transaction, events).await.map_err(|error| unfoldable(view, events, error))?;
    }
    let statement = transaction.prepare_cached(sql).await.map_err(failed)?;
    let rows = transaction.query(&statement, parameters).await.map_err(failed)?;
    transaction.rollback().await.map_err(failed)?;
    Ok(rows)
}
