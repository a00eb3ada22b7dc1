//! Answers as they were: the events that an answer is made of, up to a moment, folded by the view itself and asked by
//! the view's own query.
//!
//! There is no second model of the past, and nothing of it is kept. What an answer is about ([`Subject`]) says which
//! streams it is made of; they are read from the log ([`Gathering`]), however long the log is. Then the view's tables are
//! made as temporary ones, in a transaction that is rolled back ([`tables`]): the role of whoever reads has no right to
//! make any others. Events are read before that transaction begins, so no connection waits for another.

mod gathering;
mod subject;
mod tables;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use chancery_journal::{Journal, Moment};
use chancery_wire::Recorded;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};
use tokio_postgres::{Error, Row, error::SqlState, types::ToSql};

use crate::{ApplyError, ReadError, View};
use gathering::Gathering;
pub(crate) use subject::Subject;

/// What answers as they were may cost. Those of the present must not suffer from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastLimits {
    /// Events that may be read for one answer.
    pub events: usize,
    /// Answers that are made at the same time; each takes one connection, and some time of its server.
    pub at_once: usize,
    /// How long one more waits for its turn.
    pub patience: Duration,
}

impl Default for PastLimits {
    fn default() -> Self {
        Self { events: 50_000, at_once: 2, patience: Duration::from_secs(5) }
    }
}

/// The way to the past, shared by all readers of a process.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    limits: PastLimits,
    turns: Arc<Semaphore>,
}

impl Past {
    pub(crate) fn new(limits: PastLimits) -> Self {
        Self { turns: Arc::new(Semaphore::new(limits.at_once)), limits }
    }

    /// The rows of a statement over the view's tables as they were at a moment. Of a list, `wanted` of them are enough.
    pub(crate) async fn rows(
        &self,
        journal: &Journal,
        moment: Moment,
        view: &dyn View,
        subject: &Subject<'_>,
        wanted: usize,
        (sql, parameters): (&str, &[&(dyn ToSql + Sync)]),
    ) -> Result<Vec<Row>, ReadError> {
        let streams = subject.streams().ok_or(ReadError::Timeless { view: view.name() })?;
        let _turn = self.turn(view).await?;
        let mut gathering = Gathering::begin(journal, view, moment.position, self.limits.events).await?;
        gathering.add(subject, streams).await?;
        let mut candidates: VecDeque<Vec<String>> = gathering.candidates(subject).await?.into();
        // Nearly every candidate has a row, but for the one at which the page before ended. Where that is not so, it is
        // begun anew with more.
        let mut more = wanted.saturating_add(1);
        loop {
            let next = candidates.drain(..more.min(candidates.len())).flatten().collect();
            gathering.add(subject, next).await?;
            let events = gathering.events();
            let rows = tables::rows(journal, moment.time, view, events, (sql, parameters)).await?;
            if rows.len() >= wanted || candidates.is_empty() {
                return Ok(rows);
            }
            more = more.saturating_mul(2);
        }
    }

    async fn turn(&self, view: &dyn View) -> Result<SemaphorePermit<'_>, ReadError> {
        let turn = timeout(self.limits.patience, self.turns.acquire()).await;
        // It is never closed.
        turn.ok().and_then(Result::ok).ok_or(ReadError::Busy { view: view.name() })
    }
}

/// Why the view's tables could not be made, filled or asked.
fn failed(view: &dyn View, source: Error) -> ReadError {
    let view = view.name();
    match source.code() {
        Some(&SqlState::QUERY_CANCELED) => ReadError::TooMuch { view },
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => ReadError::NoTables { view, source },
        _ => ReadError::Query { view, source },
    }
}

/// Why an answer could not be made of these events. The view parks what it cannot apply; until somebody sees to that, it
/// is missing in the past too.
fn unfoldable(view: &dyn View, events: &[Recorded], error: ApplyError) -> ReadError {
    match error {
        ApplyError::Write { source, .. } => failed(view, source),
        ApplyError::Decode { position, .. } | ApplyError::Field { position, .. } => {
            let event = events.iter().find(|event| event.position == position);
            let key = event.map_or_else(String::new, |event| view.keyed_by().key(event));
            ReadError::Parked { view: view.name(), key, position }
        }
    }
}
