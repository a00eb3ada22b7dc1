//! A load that is known beforehand: each task sends commands 1, 2, 3 … under ids that say so, one at a time, and
//! resolves every unknown outcome by the id. So the log can be compared with what was sent, whoever died meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail};
use chancery_journal::{Append, AppendError, Appender, Journal};
use futures_util::future::try_join_all;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::commands::{Compose, command};

/// Every so many commands, one also writes a second stream of its task.
const SIDE: u64 = 7;
/// Every so many commands, one also writes a stream that all tasks of all processes write.
const SHARED: u64 = 50;
const SHARED_STREAMS: usize = 4;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Tells processes apart.
    pub(crate) source: u32,
    pub(crate) tasks: u32,
    /// Of each task.
    pub(crate) commands: u64,
}

/// A command that was acknowledged, with its last position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ack {
    pub(crate) task: u32,
    pub(crate) number: u64,
    pub(crate) position: u64,
}

impl Load {
    pub(crate) fn id(self, task: u32, number: u64) -> Uuid {
        Uuid::from_u64_pair(u64::from(self.source) << 32 | u64::from(task), number)
    }

    /// How many events the command writes.
    pub(crate) fn events(task: u32, number: u64) -> u64 {
        1 + 2 * u64::from(number.is_multiple_of(SIDE)) + u64::from(Shared::is_written(task, number))
    }

    fn command(self, task: u32, number: u64, shared: &Shared) -> Append {
        let name = format!("{}-{task}", self.source);
        let mut one = command().writes(&format!("own-{name}"), number - 1, 1);
        if number.is_multiple_of(SIDE) {
            one = one.writes(&format!("side-{name}"), (number / SIDE - 1) * 2, 2);
        }
        if Shared::is_written(task, number) {
            let at = Shared::pick(number);
            one = one.writes(&Shared::name(at), shared.0[at].load(Ordering::Relaxed), 1);
        }
        one.command_id = self.id(task, number);
        one
    }
}

/// The versions of the shared streams, as far as this process knows.
#[derive(Debug, Default)]
struct Shared([AtomicU64; SHARED_STREAMS]);

impl Shared {
    /// Not by all tasks at once: that would be a test of patience.
    fn is_written(task: u32, number: u64) -> bool {
        (number + u64::from(task)).is_multiple_of(SHARED)
    }

    fn pick(number: u64) -> usize {
        usize::try_from(number).unwrap_or_default() % SHARED_STREAMS
    }

    fn name(at: usize) -> String {
        format!("shared-{at}")
    }
}

/// Carries out a load.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) load: Load,
    pub(crate) journal: Journal,
    pub(crate) appender: Appender,
    pub(crate) acknowledge: Arc<dyn Fn(Ack) + Send + Sync>,
    pub(crate) stop: CancellationToken,
}

impl Worker {
    /// Each task goes on after the number that `done` has for it.
    pub(crate) async fn run(self, done: Vec<u64>) -> Result<()> {
        let shared = Arc::new(Shared::default());
        let tasks = (0..self.load.tasks).zip(done);
        let tasks =
            tasks.map(|(task, done)| tokio::spawn(self.clone().task(task, done + 1, Arc::clone(&shared))));
        try_join_all(tasks).await?.into_iter().collect()
    }

    async fn task(self, task: u32, from: u64, shared: Arc<Shared>) -> Result<()> {
        for number in from..=self.load.commands {
            if self.stop.is_cancelled() {
                break;
            }
            let position = self.enter(task, number, &shared).await;
            let position = position.with_context(|| format!("command {number} of task {task}"))?;
            (self.acknowledge)(Ack { task, number, position });
        }
        Ok(())
    }

    async fn enter(&self, task: u32, number: u64, shared: &Shared) -> Result<u64> {
        loop {
            let command = self.load.command(task, number, shared);
            let id = command.command_id;
            match self.appender.append(Arc::new(command)).await {
                Ok(appended) => return Ok(appended.position.get()),
                Err(AppendError::Duplicate) => return self.resolve(id).await,
                Err(AppendError::Conflict) if Shared::is_written(task, number) => {
                    self.refresh(Shared::pick(number), shared).await;
                }
                Err(AppendError::Busy { .. }) => tokio::time::sleep(Duration::from_millis(5)).await,
                // The same id again: the log knows.
                Err(AppendError::Unknown) => {}
                Err(other) => bail!(other),
            }
        }
    }

    async fn resolve(&self, id: Uuid) -> Result<u64> {
        loop {
            match self.journal.command(id).await {
                Ok(kept) => return Ok(kept.context("a duplicate that is not kept")?.last_position.get()),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    async fn refresh(&self, at: usize, shared: &Shared) {
        let known = shared.0[at].load(Ordering::Relaxed);
        match self.journal.stream(&Shared::name(at), known).await {
            Ok(tail) => {
                let version = tail.last().map_or(known, |event| event.version);
                shared.0[at].fetch_max(version, Ordering::Relaxed);
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
