//! The feed against real servers. The log behind it is Postgres, filled and published by the relay.

mod alone;
mod consuming;
mod failover;
mod filtered;
mod following;
mod metering;
mod repaired;
mod unrepaired;
#[path = "../../../relay/tests/it/world.rs"]
#[allow(dead_code, reason = "shared with the relay's tests, each using a part")]
mod world;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::{Context, Result, ensure};
use chancery_journal::Journal;
use chancery_sdk::{Feed, Position, Recorded, Repair, RepairError};
use tokio::time::timeout;

use crate::world::{DEADLINE, World};

/// Repairs from the log, as Chancery's own processes do, and counts the events that it gave.
#[derive(Debug, Clone)]
struct FromLog {
    journal: Journal,
    events: Arc<AtomicU64>,
}

impl FromLog {
    fn of(world: &World) -> Self {
        Self { journal: world.journal.clone(), events: Arc::default() }
    }

    fn given(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }
}

impl Repair for FromLog {
    async fn after(&self, position: Position) {
        self.journal.follow().after(position).await;
    }

    async fn read(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, RepairError> {
        let read = self.journal.read(position, limit).await;
        let events = read.map_err(|error| RepairError::Failed(error.into()))?;
        self.events.fetch_add(events.len() as u64, Ordering::Relaxed);
        Ok(events)
    }
}

/// Takes what the feed hands out up to `head`, and compares it with the log, event for event.
async fn takes_the_log<R: Repair>(world: &World, feed: &mut Feed<R>, head: Position) -> Result<()> {
    let log = world.journal.read(feed.position(), usize::MAX >> 1).await?;
    let mut log = log.into_iter();
    while feed.position() < head {
        let after = feed.position();
        let batch =
            timeout(DEADLINE, feed.next()).await.with_context(|| format!("waiting after {after}"))??;
        ensure!(
            (batch.after(), batch.last()) == (after, feed.position()),
            "a batch after {after}: {batch:?}"
        );
        for event in batch {
            ensure!(Some(&event) == log.next().as_ref(), "at {} the feed is not the log", event.position);
        }
    }
    ensure!(feed.position() == head, "the feed is at {}", feed.position());
    Ok(())
}
