//! A stretch of the log far behind its head, for a build that has much to catch up on: a range of positions read by
//! itself, on a thread of its own, and folded as it is read, so that all events of one key become one write.
//!
//! Only what the shards want is sent by the server. A range of positions up to the head misses nothing: the log has no
//! gap. Nothing here parks: where an event cannot be applied, batches of the feed's size take the stretch over.

use std::collections::BTreeMap;

use chancery_journal::{EVENT_COLUMNS, FOLDED_COLUMNS, folded, recorded};
use chancery_wire::{Position, Recorded};
use deadpool_postgres::ClientWrapper;
use futures_util::TryStreamExt as _;
use tokio_postgres::{Config, NoTls, Row};
use tokio_util::sync::CancellationToken;

use crate::{
    Build, Digest, Fold, RunError, Share, View, fold,
    key::shard_of,
    runner::{ADVANCE, Applied, Shards, Writer, advance, lock, with_options},
};

/// The planner knows nothing of shards. It takes a range's share for a few rows, which may be found by several processes
/// and sorted; they are many, it is done on the disk, and the first row comes after the last one was read.
const IN_ORDER: &str = "-c enable_sort=off -c max_parallel_workers_per_gather=0 -c jit=off";
/// What a fold may hold before it is written.
const WEIGHT: usize = 96 << 20;

/// Which stretch.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) view: &'static dyn View,
    pub(crate) build: Build,
    pub(crate) shards: Vec<i32>,
    pub(crate) after: Position,
    /// At most up to here; no further than the head.
    pub(crate) to: Position,
}

/// A stretch that was read.
pub(crate) struct Stretch {
    after: Position,
    /// All of the log up to here is in it.
    to: Position,
    /// The events of each shard.
    counts: BTreeMap<i32, Digest>,
    events: usize,
    fold: Box<dyn Fold>,
}

/// Reads until the fold is heavy, or the stretch ends.
pub(crate) async fn read(config: &Config, wanted: Wanted) -> Result<Stretch, RunError> {
    let (config, stop) = (config.clone(), CancellationToken::new());
    let thread = tokio::task::spawn_blocking({
        let stop = stop.clone();
        move || {
            // No row changes threads, which takes half the time.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| RunError::Thread(error.into()))?;
            let read = runtime.block_on(stop.run_until_cancelled(gather(&config, wanted)));
            read.unwrap_or(Err(RunError::Disconnected))
        }
    });
    // Whoever no longer waits for it no longer wants it.
    let _stopped = stop.drop_guard();
    thread.await.map_err(|error| RunError::Thread(error.into()))?
}

async fn gather(config: &Config, wanted: Wanted) -> Result<Stretch, RunError> {
    let config = with_options(config.clone(), IN_ORDER);
    let (client, connection) = config.connect(NoTls).await.map_err(RunError::Connect)?;
    tokio::spawn(connection);
    let failed = |source| RunError::Read { to: wanted.to, source };
    // Whoever folds by itself needs a part of an event; whoever does not is given what its feed would give it.
    let (columns, event): (_, fn(&Row) -> Recorded) =
        if wanted.view.fold().is_some() { (FOLDED_COLUMNS, folded) } else { (EVENT_COLUMNS, recorded) };
    let share = Share::of(wanted.view, &wanted.build, wanted.shards);
    let rows = share.rows(&client, columns, wanted.after, wanted.to).await.map_err(failed)?;
    let mut rows = rows.ok_or(RunError::Short { to: wanted.to })?;
    let mut stretch = Stretch {
        after: wanted.after,
        to: wanted.to,
        counts: BTreeMap::new(),
        events: 0,
        fold: fold::begin(wanted.view),
    };
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        let event = event(&row);
        let position = event.position;
        stretch.counts.entry(shard_of(&event, wanted.build.shards)).or_default().add_event(event.event_id);
        stretch.events += 1;
        let refused = |source| RunError::Apply { first: position, last: position, source };
        stretch.fold.add(event).map_err(refused)?;
        if stretch.fold.weight() >= WEIGHT {
            stretch.to = position;
            break;
        }
    }
    Ok(stretch)
}

impl Stretch {
    /// Writes it and moves the shards to its end, in one transaction that nobody commits who lost one of them.
    pub(crate) async fn write(
        &self,
        client: &mut ClientWrapper,
        build: &Build,
        writer: Writer,
        shards: &mut Shards,
        rate: Option<f32>,
    ) -> Result<Applied, RunError> {
        let failed = |source| RunError::Commit { to: self.to, source };
        let transaction = client.transaction().await.map_err(failed)?;
        if !lock(&transaction, build, writer, shards).await.map_err(failed)? {
            return Ok(Applied::Fenced);
        }
        if self.events > 0 {
            let refused = |source| RunError::Apply { first: self.after.next(), last: self.to, source };
            self.fold.write(&transaction).await.map_err(refused)?;
        }
        let statement = transaction.prepare_cached(ADVANCE).await.map_err(failed)?;
        let counted = (self.to, &self.counts);
        if !advance(&*transaction, &statement, build, writer, shards, counted, rate).await.map_err(failed)? {
            return Ok(Applied::Fenced);
        }
        transaction.commit().await.map_err(failed)?;
        for shard in shards.0.values_mut() {
            shard.position = self.to;
        }
        Ok(Applied::Committed)
    }
}
