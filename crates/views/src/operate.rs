//! Carries out what operators say: every `ProjectionOperated` event of the log, once, in the log's order.
//!
//! An operation writes down what is wanted, together with how far the log is carried out, in one transaction: so it is
//! done once, however many processes try and wherever one dies. What follows from it (a build to make, readers to point
//! elsewhere, a dead letter to apply) is done by whoever comes by, as often as it takes.

mod operation;

use chancery_journal::{Filter, Journal, JournalError};
use chancery_wire::{Event, Position, Recorded};
use deadpool_postgres::ClientWrapper;
use tokio_postgres::Error;

use crate::{View, build};

/// The events that are read at once.
const BATCH: usize = 100;
/// The first start begins at the log's beginning: what was said before anybody was there to hear it is done as well.
/// An import says how far its log was carried out elsewhere; of one that was set back, nobody is ahead.
const BEGIN: &str = "INSERT INTO public.projection_control (position) VALUES (0) \
                     ON CONFLICT (one) DO UPDATE SET position = least(projection_control.position, \
                                                                      (SELECT position FROM public.head)) \
                     RETURNING position";
const LOCK: &str = "SELECT position FROM public.projection_control FOR UPDATE";
const ADVANCE: &str = "UPDATE public.projection_control SET position = $1";

/// What operators said could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OperateError {
    #[error("reading what operators said failed")]
    Journal(#[from] JournalError),
    #[error("finding out how far operations are carried out failed")]
    Begin(#[source] Error),
    #[error("carrying out the operation at {position} failed")]
    Carry { position: Position, source: Error },
}

/// Reads operations behind the log's head.
#[derive(Debug)]
pub(crate) struct Operations {
    journal: Journal,
    views: Vec<&'static dyn View>,
    /// Up to here there is nothing left to carry out.
    seen: Position,
}

impl Operations {
    pub(crate) async fn begin(
        client: &ClientWrapper,
        journal: Journal,
        views: Vec<&'static dyn View>,
    ) -> Result<Self, OperateError> {
        let row = client.query_one(BEGIN, &[]).await.map_err(OperateError::Begin)?;
        Ok(Self { journal, views, seen: Position::from_i64(row.get(0)) })
    }

    /// Up to here everything that was said is carried out.
    pub(crate) fn seen(&self) -> Position {
        self.seen
    }

    /// Carries out what is new; true where something was.
    pub(crate) async fn step(&mut self, client: &mut ClientWrapper) -> Result<bool, OperateError> {
        let head = self.journal.head().await?.position;
        if head <= self.seen {
            return Ok(false);
        }
        let operations = Filter { category: Some("projection".to_owned()), ..Filter::default() };
        let mut any = false;
        loop {
            let events = self.journal.select(&operations, self.seen, BATCH).await?;
            for event in &events {
                any |= self.carry_out(client, event).await?;
                self.seen = event.position;
            }
            if events.len() < BATCH {
                self.seen = self.seen.max(head);
                return Ok(any);
            }
        }
    }

    /// False where another process was faster.
    async fn carry_out(&self, client: &mut ClientWrapper, event: &Recorded) -> Result<bool, OperateError> {
        let position = event.position;
        let failed = |source| OperateError::Carry { position, source };
        let transaction = client.transaction().await.map_err(failed)?;
        let row = transaction.query_one(LOCK, &[]).await.map_err(failed)?;
        if Position::from_i64(row.get(0)) >= position {
            return Ok(false);
        }
        match event.decode() {
            Ok(Event::ProjectionOperated(said)) => {
                build::lock(&transaction, &said.projection).await.map_err(failed)?;
                let known = self.views.iter().find(|view| view.name() == said.projection);
                let version = known.map(|view| view.version().cast_signed());
                operation::write_down(&transaction, event, &said, version).await.map_err(failed)?;
                tracing::info!(
                    %position, projection = said.projection, operation = said.operation,
                    "an operator's word is carried out"
                );
            }
            Ok(_) => {}
            // It stands in the log for ever: nothing that is said after it may wait for it.
            Err(error) => tracing::error!(%position, %error, "an operation cannot be read, and is left out"),
        }
        transaction.execute(ADVANCE, &[&position.as_i64()]).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }
}
