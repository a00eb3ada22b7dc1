//! Reading: pointer, checkpoint and rows in one snapshot and one round trip.

mod parked;

use chancery_journal::{Journal, JournalError, Moment};
use chancery_wire::Position;
use deadpool_postgres::Object;
use futures_util::{FutureExt, future::join3};
use tokio_postgres::{Error, Row, error::SqlState, types::ToSql};

pub(crate) use parked::{Key, Keyed};

use crate::{
    Behind, PastLimits, Statuses, View,
    freshness::Freshness,
    past::{Past, Subject},
};

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
    /// An event could not be applied, and what was asked for belongs to its key: it would be answered as it was
    /// before. Until an operator retries or skips the event.
    #[error("view {view} is without event {position} of {key}, which could not be applied")]
    Parked { view: &'static str, key: String, position: Position },
    /// A crash took the tail of what it had reached.
    #[error(transparent)]
    Behind(#[from] Behind),
    #[error("reading the log for an answer of view {view} failed")]
    Log { view: &'static str, source: JournalError },
    #[error("what is asked of view {view} is not kept for reading as it was")]
    Timeless { view: &'static str },
    #[error("an answer of view {view} as it was takes too many events")]
    TooMuch { view: &'static str },
    #[error("as many answers of views as they were are made as may be; that of {view} waited in vain")]
    Busy { view: &'static str },
    /// The database lets nobody make temporary ones, as it does by default.
    #[error("the tables of view {view} could not be made for an answer as it was")]
    NoTables { view: &'static str, source: Error },
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
    past: Past,
    /// Every answer is of this moment; of the present, where there is none.
    moment: Option<Moment>,
}

impl Reader {
    /// Reads through the journal's pool. `statuses` are those of the runner in this process; without one, who
    /// waits for a position looks at the checkpoints.
    pub fn new(journal: Journal, statuses: Option<Statuses>) -> Self {
        let past = Past::new(PastLimits::default());
        Self { freshness: Freshness::new(statuses), journal, least: Position::START, past, moment: None }
    }

    /// A reader that goes to other lengths for answers of the past.
    #[must_use]
    pub fn with_past_limits(self, limits: PastLimits) -> Self {
        Self { past: Past::new(limits), ..self }
    }

    /// A reader whose answers are what they were at a moment: of apps, their versions and connections. Whether the
    /// views are there now does not matter to them.
    #[must_use]
    pub fn as_of(&self, moment: Moment) -> Self {
        Self { moment: Some(moment), ..self.clone() }
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

    /// At most one item. It is made of the subject's keys where it is there, and where it is not, they say why.
    pub(crate) async fn one<'s, T>(
        &self,
        view: &dyn View,
        subject: impl Into<Subject<'s>>,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        item: impl FnOnce(&Row) -> Result<T, Error>,
    ) -> Result<At<Option<T>>, ReadError> {
        let subject = subject.into();
        let found = self.found(view, &subject, 1, sql, parameters).await?;
        found.complete(view, || subject.keys()).await?;
        let value = found.rows.first().map(item).transpose().map_err(failed(view))?;
        Ok(At { position: found.position, value })
    }

    /// A page of at most `limit` items, all of which belong to the subject's keys. The statement's parameter `$1` is how
    /// many rows it may return: one more than asked for, to see whether more follow.
    pub(crate) async fn page<'s, T: Keyed, K>(
        &self,
        view: &dyn View,
        subject: impl Into<Subject<'s>>,
        sql: &str,
        limit: usize,
        parameters: &[&(dyn ToSql + Sync)],
        item: impl Fn(&Row) -> Result<(T, K), Error>,
    ) -> Result<At<Page<T, K>>, ReadError> {
        let subject = subject.into();
        let wanted = limit.saturating_add(1);
        let rows_wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
        let mut all: Vec<&(dyn ToSql + Sync)> = vec![&rows_wanted];
        all.extend_from_slice(parameters);
        let found = self.found(view, &subject, wanted, sql, &all).await?;
        let mut items = Vec::with_capacity(found.rows.len().min(limit));
        let mut last = None;
        for row in found.rows.iter().take(limit) {
            let (value, key) = item(row).map_err(failed(view))?;
            items.push(value);
            last = Some(key);
        }
        let of_items = || items.iter().flat_map(T::keys);
        found.complete(view, || subject.keys().into_iter().chain(of_items()).collect()).await?;
        let next = if found.rows.len() > limit { last } else { None };
        Ok(At { position: found.position, value: Page { items, next } })
    }

    /// The rows of one statement over the view's tables.
    async fn found(
        &self,
        view: &dyn View,
        subject: &Subject<'_>,
        wanted: usize,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Found, ReadError> {
        if let Some(moment) = self.moment {
            let asked = (sql, parameters);
            let rows = self.past.rows(&self.journal, moment, view, subject, wanted, asked).await?;
            return Ok(Found { position: moment.position, parks: None, rows });
        }
        match self.snapshot(view, sql, parameters).await {
            // The build was replaced and dropped between the pointer and the rows.
            Err(ReadError::Query { source, .. }) if source.code() == Some(&SqlState::UNDEFINED_TABLE) => {
                self.snapshot(view, sql, parameters).await
            }
            result => result,
        }
    }

    async fn snapshot(
        &self,
        view: &dyn View,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Found, ReadError> {
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
        let rows = rows.map_err(failed(view))?;
        let position = Position::from_i64(pointer.get(0));
        if position < self.least {
            return Err(Behind { view: view.name(), wanted: self.least }.into());
        }
        let parks = if pointer.get(1) { Some((pointer.get(2), snapshot)) } else { None };
        Ok(Found { position, parks, rows })
    }
}

/// What a statement found.
struct Found {
    position: Position,
    /// The build's schema, where anything of it is parked, and the snapshot that shows what.
    parks: Option<(String, Snapshot)>,
    rows: Vec<Row>,
}

impl Found {
    /// Nothing is missing of what belongs to `keys`.
    async fn complete(&self, view: &dyn View, keys: impl FnOnce() -> Vec<Key>) -> Result<(), ReadError> {
        let Some((schema_name, snapshot)) = &self.parks else { return Ok(()) };
        let first = parked::first(&snapshot.0, schema_name, &keys()).await.map_err(failed(view))?;
        first.map_or(Ok(()), |(key, position)| Err(ReadError::Parked { view: view.name(), key, position }))
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
