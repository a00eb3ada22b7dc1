//! Taking turns at streams on which several commands of this process met. Deciding again and again until one happens
//! to be first would refuse the unlucky ones as busy although nothing is wrong with them.

use std::{
    collections::{BTreeSet, HashMap},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chancery_domain::StreamName;
use tokio::{sync::OwnedMutexGuard, time::timeout};

/// How long a command waits for its turns.
const PATIENCE: Duration = Duration::from_secs(10);

/// Streams that are waited for. Empty where no two commands meet, which costs a look.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<StreamName, Queue>>);

/// First come, first served.
type Queue = Arc<tokio::sync::Mutex<()>>;

/// The turns that a command has at some streams, until this is dropped.
#[derive(Debug, Default)]
pub(super) struct Turn<'a>(Vec<One<'a>>);

#[derive(Debug)]
struct One<'a> {
    of: &'a Turns,
    stream: StreamName,
    queue: Queue,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Those of the streams at which turns are taken at this moment.
    pub(super) fn taken<'a>(&self, streams: impl Iterator<Item = &'a StreamName>) -> BTreeSet<StreamName> {
        let queues = self.queues();
        if queues.is_empty() {
            return BTreeSet::new();
        }
        streams.filter(|stream| queues.contains_key(stream)).cloned().collect()
    }

    /// Waits for a turn at all of the streams; `None` where that took too long. Whoever waits holds no other turn, and
    /// all wait in the order of the streams' names: nobody waits for each other.
    pub(super) async fn take(&self, streams: BTreeSet<StreamName>) -> Option<Turn<'_>> {
        let mut turn = Turn::default();
        let all = async {
            for stream in streams {
                let queue = self.queues().entry(stream.clone()).or_default().clone();
                let mut one = One { of: self, stream, queue, guard: None };
                one.guard = Some(one.queue.clone().lock_owned().await);
                turn.0.push(one);
            }
        };
        timeout(PATIENCE, all).await.ok()?;
        Some(turn)
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<StreamName, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    pub(super) fn includes(&self, streams: &BTreeSet<StreamName>) -> bool {
        streams.iter().all(|stream| self.streams().any(|held| held == stream))
    }

    pub(super) fn streams(&self) -> impl Iterator<Item = &StreamName> {
        self.0.iter().map(|one| &one.stream)
    }
}

impl Drop for One<'_> {
    fn drop(&mut self) {
        let mut queues = self.of.queues();
        drop(mem::take(&mut self.guard));
        // The table's and this one: nobody waits.
        if Arc::strong_count(&self.queue) == 2 {
            queues.remove(&self.stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use chancery_domain::TenantId;

    use super::*;

    fn streams(ids: &[u64]) -> BTreeSet<StreamName> {
        ids.iter().map(|id| StreamName::Tenant(TenantId::new(*id).unwrap())).collect()
    }

    #[tokio::test]
    async fn a_stream_is_one_commands_at_a_time_and_forgotten_after_the_last() {
        let turns = Turns::default();
        let first = turns.take(streams(&[1, 2])).await.unwrap();
        assert_eq!(turns.taken(streams(&[2, 3]).iter()), streams(&[2]));
        let second = turns.take(streams(&[2, 3]));
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        let second = second.await.unwrap();
        assert_eq!(turns.taken(streams(&[1, 2, 3]).iter()), streams(&[2, 3]));
        drop(second);
        assert!(turns.queues().is_empty());
    }

    #[tokio::test]
    async fn a_command_that_is_given_up_leaves_the_queue() {
        let turns = Turns::default();
        let first = turns.take(streams(&[1])).await.unwrap();
        {
            let second = turns.take(streams(&[1]));
            tokio::pin!(second);
            assert!(futures_util::poll!(&mut second).is_pending());
        }
        drop(first);
        assert!(turns.queues().is_empty());
    }
}
