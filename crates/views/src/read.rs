//! Reading: pointer, checkpoint and rows in one snapshot and one round trip.

use chancery_journal::{Journal, JournalError};
use chancery_wire::Position;
use deadpool_postgres::Object;
use futures_util::{FutureExt, future::join3};
use tokio_postgres::{Error, Row, error::SqlState, types::ToSql};

use crate::{Behind, Statuses, View, freshness::Freshness};

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// For the rest of the transaction it also enters the build's schema, and keeps the planner from reading whole tables.
const POINTER: &str = include_str!("read/pointer.sql");

/// A view could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("no connection to read view {view}")]
    Connection { view: &'static str, source: JournalError },
    #[error("reading view {view} failed")]
    Query { view: &'static str, source: Error },
    /// No runner has made it yet, or a version that this process does not know is live.
    #[error("view {view} is not there in the version that this process knows")]
    Unavailable { view: &'static str },
    /// A crash took the tail of what it had reached.
    #[error(transparent)]
    Behind(#[from] Behind),
}

/// An answer and the position that it reflects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    pub position: Position,
    pub value: T,
}

impl<T> At<T> {
    /// The same position with another value.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> At<U> {
        At { position: self.position, value: with(self.value) }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, K> {
    pub items: Vec<T>,
    /// The last item's key, where more follow: what to ask with for the next page.
    pub next: Option<K>,
}

/// Answers from the views. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    journal: Journal,
    pub(crate) freshness: Freshness,
    /// No answer reflects less.
    least: Position,
}

impl Reader {
    /// Reads through the journal's pool. `statuses` are those of the runner in this process; without one, who
    /// waits for a position looks at the checkpoints.
    pub fn new(journal: Journal, statuses: Option<Statuses>) -> Self {
        Self { freshness: Freshness::new(statuses), journal, least: Position::START }
    }

    /// A reader whose answers all reflect `position` or more. What was waited for may be gone again: views are
    /// written without waiting for the disk.
    #[must_use]
    pub fn at_least(&self, position: Position) -> Self {
        Self { least: position, ..self.clone() }
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The rows of one statement over the view's tables.
    pub(crate) async fn rows(
        &self,
        view: &dyn View,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<At<Vec<Row>>, ReadError> {
        match self.snapshot(view, sql, parameters).await {
            // The build was replaced and dropped between the pointer and the rows.
            Err(ReadError::Query { source, .. }) if source.code() == Some(&SqlState::UNDEFINED_TABLE) => {
                self.snapshot(view, sql, parameters).await
            }
            result => result,
        }
    }

    /// At most one item.
    pub(crate) async fn one<T>(
        &self,
        view: &dyn View,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        item: impl FnOnce(&Row) -> Result<T, Error>,
    ) -> Result<At<Option<T>>, ReadError> {
        let At { position, value: rows } = self.rows(view, sql, parameters).await?;
        let value = rows.first().map(item).transpose().map_err(failed(view))?;
        Ok(At { position, value })
    }

    /// A page of at most `limit` items. The statement's parameter `$1` is how many rows it may return: one more
    /// than asked for, to see whether more follow.
    pub(crate) async fn page<T, K>(
        &self,
        view: &dyn View,
        sql: &str,
        limit: usize,
        parameters: &[&(dyn ToSql + Sync)],
        item: impl Fn(&Row) -> Result<(T, K), Error>,
    ) -> Result<At<Page<T, K>>, ReadError> {
        let rows_wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut all: Vec<&(dyn ToSql + Sync)> = vec![&rows_wanted];
        all.extend_from_slice(parameters);
        let At { position, value: rows } = self.rows(view, sql, &all).await?;
        let mut items = Vec::with_capacity(rows.len().min(limit));
        let mut last = None;
        for row in rows.iter().take(limit) {
            let (value, key) = item(row).map_err(failed(view))?;
            items.push(value);
            last = Some(key);
        }
        let next = if rows.len() > limit { last } else { None };
        Ok(At { position, value: Page { items, next } })
    }

    async fn snapshot(
        &self,
        view: &dyn View,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<At<Vec<Row>>, ReadError> {
        let client = self.journal.client().await;
        let client = client.map_err(|source| ReadError::Connection { view: view.name(), source })?;
        let pointer = client.prepare_cached(POINTER).await.map_err(failed(view))?;
        let snapshot = Snapshot(client);
        let client = &snapshot.0;
        // Polled in this order, the three go out together; the server takes them one after the other.
        let (begun, pointer, rows) = join3(
            client.batch_execute(BEGIN),
            client.query_opt(&pointer, &[&view.name(), &view.version().cast_signed()]),
            async {
                let statement = client.prepare_cached(sql).await?;
                client.query(&statement, parameters).await
            },
        )
        .await;
        begun.map_err(failed(view))?;
        let pointer = pointer.map_err(failed(view))?;
        let pointer = pointer.ok_or(ReadError::Unavailable { view: view.name() })?;
        let value = rows.map_err(failed(view))?;
        let position = Position::from_i64(pointer.get(0));
        if position < self.least {
            return Err(Behind { view: view.name(), wanted: self.least }.into());
        }
        Ok(At { position, value })
    }
}

fn failed(view: &dyn View) -> impl FnOnce(Error) -> ReadError {
    let view = view.name();
    move |source| ReadError::Query { view, source }
}

/// A pooled connection inside a transaction, which ends with it however it goes.
struct Snapshot(Object);

impl Drop for Snapshot {
    fn drop(&mut self) {
        // One poll sends it; the connection's next user comes after it, and nobody waits for the answer.
        let _ = self.0.batch_execute("ROLLBACK").now_or_never();
    }
}
