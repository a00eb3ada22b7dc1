//! Events into rows, inside a transaction that somebody else began and ends: applied where they can be, parked where
//! they cannot, and the shards' checkpoints moved past them.

use std::collections::BTreeMap;

use chancery_wire::{Position, Recorded};
use deadpool_postgres::Transaction;
use tokio_postgres::{GenericClient, Statement, types::ToSql};

use super::{RunError, batch::Writer, narrow::narrow, shards::Shards};
use crate::{ApplyError, Build, Digest, View, key::shard_of, planted, view::column};

/// Moves the checkpoints of shards that are still the writer's.
pub(crate) const ADVANCE: &str = if planted::NO_EPOCH_CHECK {
    include_str!("../planted/advance.sql")
} else {
    include_str!("sql/advance.sql")
};
const PARK: &str = include_str!("sql/park.sql");

/// What a batch of the log is to some shards of a build: the events that are theirs, and how far it goes.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Those that may be applied, then those whose keys are parked.
    events: Vec<Recorded>,
    /// How many may be applied.
    free: usize,
    /// Of the log's events after the shards' positions, the last one.
    to: Position,
}

/// An event that was parked.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) position: Position,
    pub(crate) shard: i32,
    pub(crate) key: String,
    pub(crate) stream: String,
    pub(crate) event_type: String,
    /// `None` of one that waits behind another.
    pub(crate) error: Option<String>,
}

impl Batch {
    /// Takes out of `events`, which are all of the log's up to `to`, what `shards` have to apply.
    pub(crate) fn of(
        view: &dyn View,
        build: &Build,
        shards: &Shards,
        mut events: Vec<Recorded>,
        to: Position,
    ) -> Self {
        events.retain(|event| shards.waits_for(view, build, event).is_some());
        let free = divide(&mut events, |event| shards.parks(view, build, event));
        Self { events, free, to }
    }

    /// What may be applied, in order.
    pub(crate) fn free(&self) -> &[Recorded] {
        &self.events[..self.free]
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn to(&self) -> Position {
        self.to
    }

    /// The event that asks for a trace, if one does: the last.
    pub(crate) fn traceparent(&self) -> Option<&str> {
        self.free().last().and_then(|event| event.traceparent.as_deref())
    }

    /// Those that wait behind a parked event.
    pub(crate) fn waiting(&self, view: &dyn View, build: &Build) -> Vec<Parked> {
        self.events[self.free..].iter().map(|event| Parked::of(view, build, event, None)).collect()
    }

    /// That all of what may be applied failed.
    pub(crate) fn failed(&self, source: ApplyError) -> RunError {
        let first = self.free().first().map_or(self.to, |event| event.position);
        let last = self.free().last().map_or(self.to, |event| event.position);
        RunError::Apply { first, last, source }
    }

    /// Applies what can be applied and parks the rest: the one event of its key that fails, and all later ones of
    /// that key. An error that may pass ends it; the transaction is of no use then.
    pub(crate) async fn apply_or_park(
        &mut self,
        transaction: &mut Transaction<'_>,
        view: &dyn View,
        build: &Build,
        shards: &mut Shards,
    ) -> Result<Vec<Parked>, RunError> {
        let (free, waiting) = self.events.split_at_mut(self.free);
        let mut parked = narrow(transaction, view, build, shards, free).await?;
        parked.extend(waiting.iter().map(|event| Parked::of(view, build, event, None)));
        parked.sort_by_key(|parked| parked.position);
        Ok(parked)
    }

    /// Moves every shard to the batch's end, if it is not there yet, and counts what was theirs; false where one of
    /// them is not the writer's any more. The statement is [`ADVANCE`].
    pub(crate) async fn advance(
        &self,
        client: &impl GenericClient,
        statement: &Statement,
        build: &Build,
        writer: Writer,
        shards: &Shards,
        rate: Option<f32>,
    ) -> Result<bool, tokio_postgres::Error> {
        let mut counts: BTreeMap<i32, Digest> = BTreeMap::new();
        for event in &self.events {
            counts.entry(shard_of(event, build.shards)).or_default().add_event(event.event_id);
        }
        advance(client, statement, build, writer, shards, (self.to, &counts), rate).await
    }

    /// What the shards know once the transaction is committed.
    pub(crate) fn committed(&self, shards: &mut Shards) {
        for shard in shards.0.values_mut() {
            shard.position = shard.position.max(self.to);
        }
    }
}

impl Parked {
    pub(crate) fn of(view: &dyn View, build: &Build, event: &Recorded, error: Option<String>) -> Self {
        Self {
            position: event.position,
            shard: shard_of(event, build.shards),
            key: view.keyed_by().key(event),
            stream: event.stream.clone(),
            event_type: event.event_type.clone(),
            error,
        }
    }
}

/// Moves every shard to a position, if it is not there yet, and counts what was theirs on the way; false where one of
/// them is not the writer's any more. The statement is [`ADVANCE`].
pub(crate) async fn advance(
    client: &impl GenericClient,
    statement: &Statement,
    build: &Build,
    writer: Writer,
    shards: &Shards,
    (to, counts): (Position, &BTreeMap<i32, Digest>),
    rate: Option<f32>,
) -> Result<bool, tokio_postgres::Error> {
    let behind: Vec<_> = shards.0.iter().filter(|(_, shard)| shard.position < to).collect();
    let counted: Vec<Digest> =
        behind.iter().map(|(number, _)| counts.get(*number).copied().unwrap_or_default()).collect();
    let parameters: [&(dyn ToSql + Sync); 10] = [
        &build.schema_name,
        &writer.worker,
        &column!(behind, |shard| shard.0),
        &column!(behind, |shard| shard.1.epoch),
        &to.as_i64(),
        &column!(behind, |shard| shard.1.position.as_i64()),
        &column!(counted, |digest| digest.count.cast_signed()),
        &column!(counted, |digest| digest.sum.to_string()),
        &writer.lease,
        &rate,
    ];
    let moved = client.execute(statement, &parameters).await?;
    Ok(moved == behind.len() as u64)
}

/// Writes down what was parked.
pub(crate) async fn park(
    transaction: &Transaction<'_>,
    build: &Build,
    parked: &[Parked],
) -> Result<(), tokio_postgres::Error> {
    if parked.is_empty() {
        return Ok(());
    }
    let parameters: [&(dyn ToSql + Sync); 7] = [
        &build.schema_name,
        &column!(parked, |parked| parked.position.as_i64()),
        &column!(parked, |parked| parked.shard),
        &column!(parked, |parked| &*parked.key),
        &column!(parked, |parked| &*parked.stream),
        &column!(parked, |parked| &*parked.event_type),
        &column!(parked, |parked| parked.error.as_deref()),
    ];
    transaction.execute(PARK, &parameters).await?;
    Ok(())
}

/// Puts those that wait behind the others, all in their order; returns how many do not wait.
pub(super) fn divide(events: &mut [Recorded], waits: impl Fn(&Recorded) -> bool) -> usize {
    if events.iter().any(&waits) {
        events.sort_by_cached_key(&waits);
    }
    events.partition_point(|event| !waits(event))
}
