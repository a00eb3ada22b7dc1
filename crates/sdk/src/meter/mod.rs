//! Tells Chancery what was called: counts in your process, merges each second, and publishes what it counted.
//!
//! A gateway that decides calls itself, with the gate of this crate, records each decision, and each call that passed
//! once more when it has finished. Both take well under a microsecond and never wait for anything. A [`Publisher`] takes
//! the seconds that are over out of the [`Meter`] and sends them, numbered, until each was acknowledged: so NATS may be
//! away, batches may arrive twice or late, and every call is counted once.
//!
//! ```no_run
//! use std::{sync::Arc, time::Duration};
//!
//! use chancery_sdk::{
//!     Topology,
//!     meter::{Finished, JetStream, Key, Meter, Outcome, Publisher, PublisherSettings},
//! };
//!
//! # async fn gateway(key: Key<'_>, now: i64) -> Result<(), Box<dyn std::error::Error>> {
//! // A NATS user that may publish `chancery.v1.usage.>`: `meter` in docker/nats.conf.
//! let options = async_nats::ConnectOptions::with_user_and_password("meter".into(), "password".into());
//! let client = options.retry_on_initial_connect().connect("nats.internal").await?;
//! let meter = Arc::new(Meter::default());
//! let sink = JetStream::new(client, Topology::default());
//! let publisher = Publisher::new(meter.clone(), sink, PublisherSettings::default());
//! let (end, ends) = tokio::sync::oneshot::channel::<()>();
//! let publishing = tokio::spawn(publisher.run(async { drop(ends.await) }));
//!
//! // With every call. The time is the caller's, in seconds since 1970: it has read a clock anyway.
//! meter.record_decision(&key, now);
//! meter.record_decision(&Key::only(Outcome::from(&chancery_gate::Denial::TokenMissing)), now);
//! let finished =
//!     Finished { status: 200, latency: Duration::from_millis(12), bytes_in: 0, bytes_out: 4_096 };
//! meter.record_finished(&key, &finished, now);
//!
//! // Before the process ends: what is left is sent, and that nothing follows.
//! drop(end);
//! publishing.await?;
//! # Ok(())
//! # }
//! ```
//!
//! What it holds is bounded. At most [`Settings::keys`] keys are told apart; calls of a key beyond that are counted by
//! their outcome alone, under the operation [`OTHER`], and [`Stats::unkeyed`] says how many. While batches are not
//! acknowledged, seconds merge into minutes, and then the oldest minutes into outcomes: precision is lost, and told
//! about, before memory is; a call never is.
//!
//! Invariants: recording waits for no I/O and reads no clock, and a call under a known key allocates nothing (its
//! latency may, where it is the first of its size in a second). A key cannot hold a secret: see [`Key`].

mod backlog;
mod jetstream;
mod key;
mod publisher;
mod stats;
mod tally;

#[cfg(test)]
mod tests;

use std::{
    hash::BuildHasher,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chancery_wire::usage::StatusClass;
use hashbrown::{DefaultHashBuilder, HashTable, hash_table::Entry};

pub use jetstream::{JetStream, PublishError};
pub use key::{Key, Outcome};
pub use publisher::{Publisher, PublisherSettings, Sink};
pub use stats::Stats;
pub use tally::Finished;

use key::Known;
use tally::{Seconds, Tally};

/// The operation of calls whose keys were too many to tell apart.
pub const OTHER: &str = "(other)";

/// Locks that calls under different keys seldom share.
const SHARDS: usize = 32;
/// Seconds after which a key that nobody called under is forgotten.
const IDLE: u8 = 120;

/// What a meter may take.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Keys told apart, about 300 bytes each. A call that finished has a key for each class of status.
    pub keys: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { keys: 50_000 }
    }
}

/// Counts calls. Shared by all threads.
#[derive(Debug)]
pub struct Meter {
    shards: Box<[Mutex<Shard>]>,
    hasher: DefaultHashBuilder,
    /// Keys of one shard.
    room: usize,
    stats: Arc<Stats>,
}

#[derive(Debug, Default)]
struct Shard {
    cells: HashTable<Cell>,
}

#[derive(Debug)]
struct Cell {
    hash: u64,
    line: Line,
    seconds: Seconds,
    idle: u8,
}

/// What one item of a batch is about: calls alike in every dimension, all decided, or all finished in one class.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Line {
    known: Arc<Known>,
    class: Option<StatusClass>,
}

impl Default for Meter {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl Meter {
    pub fn new(settings: Settings) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: DefaultHashBuilder::default(),
            room: settings.keys.div_ceil(SHARDS),
            stats: Arc::default(),
        }
    }

    /// Counts a call that was decided in the second `now`, since 1970.
    pub fn record_decision(&self, key: &Key<'_>, now: i64) {
        self.record(key, None, now);
    }

    /// Counts a call that has finished: one that passed, whatever the key says of its outcome.
    pub fn record_finished(&self, key: &Key<'_>, finished: &Finished, now: i64) {
        self.record(&Key { outcome: Outcome::ALLOWED, ..*key }, Some(finished), now);
    }

    /// How it is doing. The publisher counts here too.
    pub fn stats(&self) -> Arc<Stats> {
        Arc::clone(&self.stats)
    }

    fn record(&self, key: &Key<'_>, finished: Option<&Finished>, now: i64) {
        let class = finished.map(|finished| StatusClass::of(finished.status));
        let hash = self.hasher.hash_one((key, class));
        let mut shard = self.shard(hash);
        if let Some(cell) = shard.cells.find_mut(hash, |cell| cell.is(hash, key, class)) {
            cell.seconds.count(now, finished);
        } else {
            let cells = shard.cells.len();
            let known = Known::of(key).filter(|_| cells < self.room).map(Arc::new);
            match known {
                Some(known) => shard.cell(hash, &Line { known, class }).seconds.count(now, finished),
                None => self.record_other(&mut shard, key.outcome, class).seconds.count(now, finished),
            }
        }
    }

    /// The place of what is not told apart. There are few: one for each outcome and class.
    fn record_other<'a>(
        &self,
        shard: &'a mut Shard,
        outcome: Outcome,
        class: Option<StatusClass>,
    ) -> &'a mut Cell {
        self.stats.count_unkeyed(1);
        let line = Line { known: Arc::new(Known::other(outcome)), class };
        shard.cell(self.hasher.hash_one(&line), &line)
    }

    /// Takes out what was counted in the seconds before `now`.
    fn take(&self, now: i64) -> Vec<(Line, Tally)> {
        let mut taken = Vec::new();
        let mut keys = 0;
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.cells.retain(|cell| {
                match cell.seconds.take(now) {
                    Some(tally) => {
                        cell.idle = 0;
                        taken.push((cell.line.clone(), tally));
                    }
                    None if cell.seconds.is_running() => cell.idle = 0,
                    None => cell.idle += 1,
                }
                cell.idle < IDLE
            });
            keys += shard.cells.len();
        }
        self.stats.set_keys(keys);
        taken
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        // The table uses the hash's upper and lower bits; these are in between.
        let index = (hash >> 32) as usize % SHARDS;
        lock(&self.shards[index])
    }
}

impl Shard {
    fn cell(&mut self, hash: u64, line: &Line) -> &mut Cell {
        let entry = self.cells.entry(hash, |cell| cell.line == *line, |cell| cell.hash);
        match entry {
            Entry::Occupied(cell) => cell.into_mut(),
            Entry::Vacant(place) => {
                let cell = Cell { hash, line: line.clone(), seconds: Seconds::default(), idle: 0 };
                place.insert(cell).into_mut()
            }
        }
    }
}

impl Cell {
    fn is(&self, hash: u64, key: &Key<'_>, class: Option<StatusClass>) -> bool {
        self.hash == hash && self.line.class == class && self.line.known.is(key)
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
