//! Folding the log into a scratch build, as the runner would, in one process and without a checkpoint.

use chancery_wire::{Position, Recorded};
use deadpool_postgres::{ClientWrapper, Transaction};

use super::{Live, VerifyError, events::Events, failed, leave_out::LeftOut};
use crate::{Digest, Feeds, View, fold, key::shard_of};

/// What is folded may hold so many bytes before it is written.
const WEIGHT: usize = 32 << 20;

pub(crate) struct Fold<'a> {
    view: &'a dyn View,
    schema_name: String,
    feeds: &'a dyn Feeds,
    events: Events,
    /// Every event up to here is folded, but for those that are left out.
    position: Position,
    left_out: LeftOut,
    /// The events of each shard.
    logged: Vec<Digest>,
}

impl<'a> Fold<'a> {
    /// Leaves out what `live` leaves out.
    pub(crate) async fn new(
        view: &'a dyn View,
        schema_name: &str,
        feeds: &'a dyn Feeds,
        live: Option<&Live>,
    ) -> Result<Self, VerifyError> {
        let shards = live.map_or(view.shards() as usize, |live| live.shards.len());
        Ok(Self {
            view,
            schema_name: schema_name.to_owned(),
            feeds,
            events: Events::open(feeds, Position::START).await?,
            position: Position::START,
            left_out: live.map(|live| live.left_out.clone()).unwrap_or_default(),
            logged: vec![Digest::default(); shards],
        })
    }

    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Folds up to `last`: as many events at once as the view can, in a transaction.
    pub(crate) async fn up_to(
        &mut self,
        client: &mut ClientWrapper,
        last: Position,
        reached: impl Fn(Position),
    ) -> Result<(), VerifyError> {
        while self.position < last {
            let (first, mut fold, mut is_empty) = (self.position.next(), fold::begin(self.view), true);
            while self.position < last && fold.weight() < WEIGHT {
                let batch = self.next(last).await?;
                for event in self.pick(batch, |_| last) {
                    let position = event.position;
                    let refused = |source| VerifyError::Fold { first: position, last: position, source };
                    fold.add(event).map_err(refused)?;
                    is_empty = false;
                }
                reached(self.position);
            }
            if is_empty {
                continue;
            }
            let transaction = client.transaction().await.map_err(failed("beginning a batch of a fold"))?;
            self.enter(&transaction).await?;
            let (last, written) = (self.position, fold.write(&transaction).await);
            written.map_err(|source| VerifyError::Fold { first, last, source })?;
            transaction.commit().await.map_err(failed("committing a batch of a fold"))?;
        }
        Ok(())
    }

    /// Folds what `live` has applied since: what was left out so far, and each shard's events up to where it stands, none
    /// after `last`.
    pub(crate) async fn level(
        &mut self,
        transaction: &Transaction<'_>,
        live: &Live,
        last: Position,
    ) -> Result<(), VerifyError> {
        self.enter(transaction).await?;
        // Everything later of the same keys was left out too, so the order within a key is kept.
        for position in self.left_out.returned(&live.left_out) {
            if position <= self.position {
                let before = Position::new(position.get() - 1);
                let event = Events::open(self.feeds, before).await?.next(position).await?;
                self.apply(transaction, &event).await?;
            }
        }
        self.left_out = live.left_out.clone();
        while self.position < last {
            let batch = self.next(last).await?;
            let batch = self.pick(batch, |shard| live.stands(shard));
            self.apply(transaction, &batch).await?;
        }
        Ok(())
    }

    /// The events of each shard, in its order.
    pub(crate) fn logged(&self) -> impl Iterator<Item = Digest> + '_ {
        self.logged.iter().copied()
    }

    /// The next events of the log, of which the caller takes what the view wants.
    pub(crate) async fn next(&mut self, last: Position) -> Result<Vec<Recorded>, VerifyError> {
        let batch = self.events.next(last).await?;
        // None is asked for that is not there.
        self.position = batch.last().map_or(last, |event| event.position);
        Ok(batch)
    }

    /// What the view wants of the events, up to where each shard stands. Counts also what is left out.
    pub(crate) fn pick(
        &mut self,
        mut events: Vec<Recorded>,
        stands: impl Fn(i32) -> Position,
    ) -> Vec<Recorded> {
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

    /// From now on, in this transaction, the tables are the scratch build's.
    pub(crate) async fn enter(&self, transaction: &Transaction<'_>) -> Result<(), VerifyError> {
        let enter = format!("SET LOCAL search_path = {}", self.schema_name);
        transaction.batch_execute(&enter).await.map_err(failed("entering a scratch build"))
    }

    /// Folds events that were picked, in a transaction that entered.
    pub(crate) async fn apply(
        &self,
        transaction: &Transaction<'_>,
        batch: &[Recorded],
    ) -> Result<(), VerifyError> {
        let (Some(first), Some(last)) = (batch.first(), batch.last()) else { return Ok(()) };
        let (first, last) = (first.position, last.position);
        let applied = self.view.apply(transaction, batch).await;
        applied.map_err(|source| VerifyError::Fold { first, last, source })
    }
}
