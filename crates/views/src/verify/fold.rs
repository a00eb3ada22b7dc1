//! Folding the log into a scratch build, as the runner would, in one process and without a checkpoint.

use chancery_journal::Journal;
use chancery_wire::{Position, Recorded};
use deadpool_postgres::{ClientWrapper, Transaction};

use super::{Live, VerifyError, failed, leave_out::LeftOut, scratch::Scratch};
use crate::{Digest, View, key::shard_of};

/// Events in a batch.
const BATCH: usize = 2_000;

pub(super) struct Fold<'a> {
    view: &'a dyn View,
    schema_name: &'a str,
    /// Every event up to here is folded, but for those that are left out.
    position: Position,
    left_out: LeftOut,
    /// The events of each shard.
    logged: Vec<Digest>,
}

impl<'a> Fold<'a> {
    /// Leaves out what `live` leaves out.
    pub(super) fn new(view: &'a dyn View, scratch: &'a Scratch, live: &Live) -> Self {
        Self {
            view,
            schema_name: scratch.schema_name(),
            position: Position::START,
            left_out: live.left_out.clone(),
            logged: vec![Digest::default(); live.shards.len()],
        }
    }

    /// Folds up to `last`, a batch in a transaction.
    pub(super) async fn up_to(
        &mut self,
        client: &mut ClientWrapper,
        journal: &Journal,
        last: Position,
        reached: impl Fn(Position),
    ) -> Result<(), VerifyError> {
        while self.position < last {
            let mut batch = journal.read(self.position, BATCH).await?;
            batch.retain(|event| event.position <= last);
            let Some(position) = batch.last().map(|event| event.position) else { return Ok(()) };
            let batch = self.pick(batch, |_| last);
            let transaction = client.transaction().await.map_err(failed("beginning a batch of a fold"))?;
            self.apply(&transaction, &batch).await?;
            transaction.commit().await.map_err(failed("committing a batch of a fold"))?;
            self.position = position;
            reached(position);
        }
        Ok(())
    }

    /// Folds what `live` has applied since: what was left out so far, and each shard's events up to where it stands.
    pub(super) async fn level(
        &mut self,
        transaction: &Transaction<'_>,
        journal: &Journal,
        live: &Live,
    ) -> Result<(), VerifyError> {
        // Everything later of the same keys was left out too, so the order within a key is kept.
        for position in self.left_out.returned(&live.left_out) {
            if position <= self.position
                && let Some(event) = journal.event(position).await?
            {
                self.apply(transaction, &[event]).await?;
            }
        }
        self.left_out = live.left_out.clone();
        let stands = |shard: i32| {
            let found = live.shards.iter().find(|candidate| candidate.number == shard);
            found.map_or(Position::START, |shard| shard.position)
        };
        let last = live.shards.iter().map(|shard| shard.position).max().unwrap_or_default();
        while self.position < last {
            let mut batch = journal.read(self.position, BATCH).await?;
            batch.retain(|event| event.position <= last);
            let Some(position) = batch.last().map(|event| event.position) else { break };
            let batch = self.pick(batch, stands);
            self.apply(transaction, &batch).await?;
            self.position = position;
        }
        Ok(())
    }

    /// The events of each shard, in its order.
    pub(super) fn logged(&self) -> impl Iterator<Item = Digest> + '_ {
        self.logged.iter().copied()
    }

    /// What the view wants of the events, up to where each shard stands. Counts also what is left out.
    fn pick(&mut self, mut events: Vec<Recorded>, stands: impl Fn(i32) -> Position) -> Vec<Recorded> {
        let (wants, shards) = (self.view.wants(), u32::try_from(self.logged.len()).unwrap_or(u32::MAX));
        events.retain(|event| {
            let shard = shard_of(event, shards);
            let is_its = wants.include(event) && event.position <= stands(shard);
            if is_its && let Some(logged) = usize::try_from(shard).ok().and_then(|at| self.logged.get_mut(at))
            {
                logged.add_event(event.event_id);
            }
            is_its && !self.left_out.contains(event.position)
        });
        events
    }

    async fn apply(&self, transaction: &Transaction<'_>, batch: &[Recorded]) -> Result<(), VerifyError> {
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else { return Ok(()) };
        let enter = format!("SET LOCAL search_path = {}", self.schema_name);
        transaction.batch_execute(&enter).await.map_err(failed("entering a scratch build"))?;
        let applied = self.view.apply(transaction, batch).await;
        let (first, last) = (first.position, last.position);
        applied.map_err(|source| VerifyError::Fold { first, last, source })
    }
}
