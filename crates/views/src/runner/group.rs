//! The shards of one build that one worker holds: one task, one connection, one feed, one transaction a batch.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use chancery_journal::trace;
use chancery_wire::{Position, Recorded};
use deadpool_postgres::ClientWrapper;
use futures_util::FutureExt;
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    Context, RunError,
    batch::{self, Applied, Writer},
    catch_up::FAR,
    chain,
    connection::{Connection, connect, enter},
    fold::Batch,
    mend::mend,
    pace::{Rate, backoff},
    shards::Shards,
    source::Source,
};
use crate::{Build, Phase, Range, Share, State, Status, View, planted};

const RELEASE: &str = include_str!("sql/release.sql");

/// What the coordinator tells a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// The shards that are this worker's, and the epochs of its claims.
    pub(crate) claimed: BTreeMap<i32, i64>,
    /// Those of them that it gives up at its batch's end.
    pub(crate) release: BTreeSet<i32>,
    pub(crate) phase: Phase,
    /// True where readers are pointed at the build.
    pub(crate) live: bool,
    /// An operator wants nothing applied.
    pub(crate) paused: bool,
    /// At most so fast, of a build that is filled.
    pub(crate) events_per_second: Option<u64>,
    /// An operator wants parked events retried or skipped.
    pub(crate) wanted: bool,
}

/// What a group says about itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    fn tell(&self, error: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// What went wrong last, as long as it does.
    pub(crate) fn now(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) context: Arc<Context>,
    pub(crate) view: &'static dyn View,
    pub(crate) build: Build,
    pub(crate) told: watch::Receiver<Told>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) trouble: Trouble,
    pub(crate) stop: CancellationToken,
    /// Something was applied since it began anew.
    pub(crate) moved: bool,
}

/// Why a group left what it was at.
pub(super) enum Left {
    /// It is told something new, or lost a shard: what it holds is looked at again.
    Changed,
    Stopped,
}

impl Group {
    /// Works until no shard is left to it, or it is told to stop: then it gives up what it holds.
    pub(crate) async fn run(mut self) {
        let mut waits = backoff();
        loop {
            self.moved = false;
            let session = AssertUnwindSafe(self.session()).catch_unwind().await;
            let Err(error) = session.unwrap_or(Err(RunError::Panicked)) else { return };
            if self.moved {
                waits = backoff();
            }
            let (line, wait) = (chain(&error), waits.next().unwrap_or_default());
            tracing::warn!(view = self.view.name(), error = line, ?wait, "a view tries again");
            self.trouble.tell(Some(line.clone()));
            if self.told.borrow().live {
                self.status.send_modify(|status| {
                    status.state = State::Retrying;
                    status.last_error = Some(line);
                });
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                // Others may wait for what it is to give up.
                _ = self.told.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn session(&mut self) -> Result<(), RunError> {
        let stop = self.stop.clone();
        let Some(opened) = stop.run_until_cancelled(self.open()).await else { return Ok(()) };
        let Connection { mut client, mut ended, .. } = opened?;
        loop {
            let told = self.told.borrow_and_update().clone();
            if told.claimed.is_empty() {
                return Ok(());
            }
            let mut shards = self.load(&client, &told).await?;
            if !told.release.is_empty() {
                self.release(&client, &mut shards, &told.release).await?;
            }
            if told.wanted && !told.paused && self.mend(&mut client, &mut shards).await? == Applied::Fenced {
                continue;
            }
            self.trouble.tell(None);
            self.show(&shards, &told);
            let left = if told.paused || shards.0.is_empty() {
                self.wait(&mut ended).await?
            } else {
                self.follow(&mut client, &mut ended, &mut shards, &told).await?
            };
            if let Left::Stopped = left {
                let all = shards.0.keys().copied().collect();
                return self.release(&client, &mut shards, &all).await;
            }
        }
    }

    async fn open(&self) -> Result<Connection, RunError> {
        let opened = connect(&self.context.config).await.map_err(RunError::Connect)?;
        enter(&opened.client, &self.build).await.map_err(RunError::Connect)?;
        batch::prepare(&opened.client).await.map_err(RunError::Connect)?;
        Ok(opened)
    }

    async fn load(&self, client: &ClientWrapper, told: &Told) -> Result<Shards, RunError> {
        let failed = |source| RunError::Checkpoint { schema_name: self.build.schema_name.clone(), source };
        Shards::load(&**client, &self.build, self.context.worker, &told.claimed).await.map_err(failed)
    }

    /// Gives up shards that it has not lost already.
    async fn release(
        &self,
        client: &ClientWrapper,
        shards: &mut Shards,
        release: &BTreeSet<i32>,
    ) -> Result<(), RunError> {
        let failed = |source| RunError::Release { schema_name: self.build.schema_name.clone(), source };
        let numbers: Vec<i32> = release.iter().copied().collect();
        client
            .execute(RELEASE, &[&self.build.schema_name, &self.context.worker, &numbers])
            .await
            .map_err(failed)?;
        shards.0.retain(|number, _| !release.contains(number));
        Ok(())
    }

    /// Does what operators want of parked events.
    async fn mend(&self, client: &mut ClientWrapper, shards: &mut Shards) -> Result<Applied, RunError> {
        let (journal, writer) = (&self.context.journal, self.writer());
        mend(client, journal, self.view, &self.build, writer, shards).await
    }

    pub(super) fn writer(&self) -> Writer {
        Writer { worker: Some(self.context.worker), lease: self.context.lease.as_secs_f64() }
    }

    /// Waits until it is told something new.
    async fn wait(&mut self, ended: &mut oneshot::Receiver<()>) -> Result<Left, RunError> {
        tokio::select! {
            () = self.stop.cancelled() => Ok(Left::Stopped),
            _ = self.told.changed() => Ok(Left::Changed),
            _ = ended => Err(RunError::Disconnected),
        }
    }

    /// Applies what the feed brings after the least position of the shards', once they are near the head.
    async fn follow(
        &mut self,
        client: &mut ClientWrapper,
        ended: &mut oneshot::Receiver<()>,
        shards: &mut Shards,
        told: &Told,
    ) -> Result<Left, RunError> {
        if let Some(left) = self.catch_up(client, ended, shards, told).await? {
            return Ok(left);
        }
        let Some(mut position) = shards.least() else { return Ok(Left::Changed) };
        let context = self.context.clone();
        let head = context.journal.follow();
        let share = Share::of(self.view, &self.build, shards.0.keys().copied().collect());
        let open = Source::open(&*context.feeds, position, share);
        let Some(source) = self.stop.run_until_cancelled(open).await else { return Ok(Left::Stopped) };
        let mut source = source?;
        let mut rate = Rate::default();
        loop {
            let Range { events, to } = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(Left::Stopped),
                _ = self.told.changed() => return Ok(Left::Changed),
                // Not only when there is something to write: a server that crashed may have lost what readers were
                // told is there.
                _ = &mut *ended => return Err(RunError::Disconnected),
                range = source.next(position) => range?,
            };
            rate.count(to.get() - position.get());
            if self.apply(client, shards, events, to, rate.now()).await? == Applied::Fenced {
                tracing::info!(view = self.view.name(), "a shard was lost, or stands elsewhere");
                return Ok(Left::Changed);
            }
            position = to;
            self.show(shards, told);
            if head.head().get().saturating_sub(position.get()) > FAR {
                return Ok(Left::Changed);
            }
        }
    }

    pub(super) async fn apply(
        &mut self,
        client: &mut ClientWrapper,
        shards: &mut Shards,
        mut events: Vec<Recorded>,
        to: Position,
        rate: Option<f32>,
    ) -> Result<Applied, RunError> {
        let writer = self.writer();
        if planted::DROPPED_EVENT {
            events.retain(|event| event.position.get() % 7 != 0);
        }
        let mut batch = Batch::of(self.view, &self.build, shards, events, to);
        let traceparent = batch.traceparent().map(ToOwned::to_owned);
        let span = tracing::info_span!(
            "apply",
            view = self.view.name(),
            to = to.get(),
            events = batch.len(),
            traceparent
        );
        trace::link(&span, batch.free());
        let applied = batch::apply(client, self.view, &self.build, writer, shards, &mut batch, rate);
        let applied = applied.instrument(span).await?;
        self.moved |= applied == Applied::Committed;
        Ok(applied)
    }

    /// Tells those in this process who wait for the view how far it is. Only where every shard is here: otherwise
    /// nobody here knows.
    pub(super) fn show(&self, shards: &Shards, told: &Told) {
        let Some(position) = shards.least() else { return };
        let whole = shards.0.len() == self.build.shards as usize;
        if told.live && whole {
            let state = if told.paused { State::Paused } else { State::Live };
            self.status.send_replace(Status { position, state, whole, last_error: None });
        }
    }
}
