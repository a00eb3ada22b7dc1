//! Bringing builds to one position, inside the transaction that compares or switches them.

use std::collections::{BTreeMap, BTreeSet};

use chancery_journal::Journal;
use chancery_wire::{Position, Recorded};
use deadpool_postgres::Transaction;
use tokio_postgres::Error;
use uuid::Uuid;

use super::RebuildError;
use crate::{
    Build, View,
    runner::{ADVANCE, Batch, Shard, Shards, Writer, park},
};

/// The shards of a build, all of them locked, and whose each is.
#[derive(Debug, Default)]
pub(super) struct Held {
    shards: Shards,
    workers: BTreeMap<i32, Option<Uuid>>,
}

/// In order, as whoever applies a batch locks them.
const LOCK: &str = include_str!("lock.sql");
const ENTER: &str = "SELECT set_config('search_path', $1, true)";
/// Events that may be missing, so that nobody waits long for the locks.
pub(super) const MOST: u64 = 5_000;

/// Holds whoever would apply events to these builds until the transaction ends; returns the shards of each.
pub(super) async fn lock(transaction: &Transaction<'_>, builds: [&str; 2]) -> Result<[Held; 2], Error> {
    let mut held = [Held::default(), Held::default()];
    for row in transaction.query(LOCK, &[&builds.as_slice()]).await? {
        let parked: Vec<String> = row.get(4);
        let shard = Shard {
            epoch: row.get(2),
            position: Position::from_i64(row.get(3)),
            parked: parked.into_iter().collect(),
        };
        let held = &mut held[usize::from(row.get::<_, &str>(0) != builds[0])];
        held.workers.insert(row.get(1), row.get(5));
        held.shards.0.insert(row.get(1), shard);
    }
    Ok(held)
}

/// The first and the last position at which shards stand.
pub(super) fn range(builds: &[&Held]) -> (Position, Position) {
    let positions = || builds.iter().flat_map(|held| held.shards.0.values()).map(|shard| shard.position);
    (positions().min().unwrap_or(Position::START), positions().max().unwrap_or(Position::START))
}

/// The events that lie between.
pub(super) async fn between(
    journal: &Journal,
    view: &dyn View,
    after: Position,
    to: Position,
) -> Result<Vec<Recorded>, RebuildError> {
    let failed = |source| RebuildError::Journal { view: view.name(), source };
    let many = usize::try_from(to.get().saturating_sub(after.get())).unwrap_or(usize::MAX);
    if many == 0 { Ok(Vec::new()) } else { journal.read(after, many).await.map_err(failed) }
}

/// Applies to a build what its shards lack up to `to`, parking what has to wait.
pub(super) async fn level(
    transaction: &mut Transaction<'_>,
    view: &dyn View,
    build: &Build,
    held: &mut Held,
    events: Vec<Recorded>,
    to: Position,
) -> Result<(), RebuildError> {
    let failed =
        |source| RebuildError::Query { action: "levelling the builds of", view: view.name(), source };
    transaction.execute(ENTER, &[&build.schema_name]).await.map_err(failed)?;
    let mut batch = Batch::of(view, build, &held.shards, events, to);
    let parked = batch.apply_or_park(transaction, view, build, &mut held.shards).await;
    let parked = parked.map_err(|source| RebuildError::Level { view: view.name(), source })?;
    park(transaction, build, &parked).await.map_err(failed)?;
    let statement = transaction.prepare_cached(ADVANCE).await.map_err(failed)?;
    let workers: BTreeSet<Option<Uuid>> = held.workers.values().copied().collect();
    for worker in workers {
        // Each stays whose it is: its worker finds it further on.
        let theirs = held.shards.0.iter().filter(|(number, _)| held.workers.get(number) == Some(&worker));
        let theirs = Shards(theirs.map(|(number, shard)| (*number, shard.clone())).collect());
        let writer = Writer { worker, lease: 0.0 };
        batch.advance(&**transaction, &statement, build, writer, &theirs, None).await.map_err(failed)?;
    }
    Ok(())
}
