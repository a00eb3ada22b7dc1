//! Keeps the views up to date, together with the runners of other processes: each claims shards of the builds, and
//! applies to them what its feeds bring.
//!
//! Postgres is the only coordinator. A shard's row says whose it is and until when; a claim counts its epoch up, and
//! whoever writes locks the row and looks whether the epoch is still its own. So it does not matter who believes to
//! hold a shard: a process that was frozen, cut off or slow writes nothing after another one took over.

mod batch;
mod catch_up;
mod connection;
mod coordinator;
mod fold;
mod group;
mod groups;
mod look;
mod mend;
mod narrow;
mod pace;
mod quota;
mod shards;
mod source;

use std::{error::Error, sync::Arc, time::Duration};

use chancery_journal::{Journal, JournalError, Role, config_for};
use chancery_wire::Position;
use tokio::{sync::watch, task::JoinSet};
use tokio_postgres::Config;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) use batch::{Applied, Writer, apply, lock};
pub(crate) use connection::{Connection, connect, enter, with_options};
pub(crate) use fold::{ADVANCE, Batch, advance, park};
pub(crate) use pace::backoff;
pub(crate) use shards::{Shard, Shards};

use crate::{
    ApplyError, Audits, BuildError, FeedError, Feeds, Status, Statuses, View, audit::Auditor,
    control::Controller, verify::Verifier,
};

/// What there is to do for workers, and for whoever leads a rebuild, may have changed.
pub(crate) const TELL: &str = "NOTIFY chancery_projections";

/// Why a view stands still for a while.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("no connection for the view")]
    Connect(#[source] tokio_postgres::Error),
    #[error("the connection of the view ended")]
    Disconnected,
    #[error("the view panicked")]
    Panicked,
    #[error("the view's build is not usable")]
    Build(#[from] BuildError),
    #[error("{action} the views' shards failed")]
    Coordinate { action: &'static str, source: tokio_postgres::Error },
    #[error("reading the checkpoints of {schema_name} failed")]
    Checkpoint { schema_name: String, source: tokio_postgres::Error },
    #[error("giving up shards of {schema_name} failed")]
    Release { schema_name: String, source: tokio_postgres::Error },
    #[error("trying the parked events of {schema_name} again failed")]
    Mend { schema_name: String, source: tokio_postgres::Error },
    #[error("the build {schema_name} is gone")]
    Gone { schema_name: String },
    #[error("the feed went from {checkpoint} to {found} instead of the next position")]
    Gap { checkpoint: Position, found: Position },
    #[error("the log has nothing at {to}, where its head was")]
    Short { to: Position },
    #[error("no events for the view")]
    Feed(#[from] FeedError),
    #[error("reading the log for the view failed")]
    Journal(#[from] JournalError),
    #[error("reading events up to {to} failed")]
    Read { to: Position, source: tokio_postgres::Error },
    #[error("no thread to read on")]
    Thread(#[source] Box<dyn Error + Send + Sync>),
    #[error("applying events {first} to {last} failed")]
    Apply { first: Position, last: Position, source: ApplyError },
    #[error("committing events up to {to} failed")]
    Commit { to: Position, source: tokio_postgres::Error },
}

/// What everything that runs in one process shares.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) journal: Journal,
    pub(crate) feeds: Arc<dyn Feeds>,
    /// This runner, in the rows of the shards that it holds.
    pub(crate) worker: Uuid,
    /// How long a claim holds if nobody hears of the worker.
    pub(crate) lease: Duration,
}

/// Runs views until it is told to stop.
#[derive(Debug)]
pub struct Runner {
    context: Context,
    views: Vec<(&'static dyn View, watch::Sender<Status>)>,
    audited_every: Duration,
    audits: watch::Sender<Audits>,
}

impl Runner {
    /// Will keep `views` in the database at `url`, fed by `feeds`. New versions of a view are filled from the
    /// `journal` before they are switched to.
    pub fn new(
        url: &str,
        journal: Journal,
        feeds: Arc<dyn Feeds>,
        views: Vec<&'static dyn View>,
    ) -> Result<Self, JournalError> {
        // A tail of a view that a crash takes is applied again from the log.
        let config = with_options(config_for(url, Role::Views)?, "-c synchronous_commit=off");
        let views = views.into_iter().map(|view| (view, watch::channel(Status::STARTING).0)).collect();
        let (worker, lease) = (Uuid::now_v7(), Duration::from_secs(10));
        let context = Context { config, journal, feeds, worker, lease };
        Ok(Self {
            context,
            views,
            audited_every: Duration::from_mins(1),
            audits: watch::channel(Audits::new()).0,
        })
    }

    /// Claims hold for `lease`, and not for ten seconds, when nobody hears of this runner.
    #[must_use]
    pub const fn with_lease(mut self, lease: Duration) -> Self {
        self.context.lease = lease;
        self
    }

    /// The views are compared with the log every so often, and not every minute.
    #[must_use]
    pub const fn audited_every(mut self, interval: Duration) -> Self {
        self.audited_every = interval;
        self
    }

    /// What the auditor found last, also that of another process.
    pub fn audits(&self) -> watch::Receiver<Audits> {
        self.audits.subscribe()
    }

    /// The number under which its shards are claimed.
    pub const fn worker(&self) -> Uuid {
        self.context.worker
    }

    /// The views' statuses, followed as they change.
    pub fn statuses(&self) -> Statuses {
        Statuses::new(self.views.iter().map(|(view, status)| (view.name(), status.subscribe())))
    }

    /// Runs until `stop`; a batch that is being applied is finished first, and the shards are given up. Dropped
    /// instead, it ends at once: the server takes back what was not committed, and others take over the shards.
    pub async fn run(self, stop: CancellationToken) {
        let views: Vec<_> = self.views.iter().map(|(view, _)| *view).collect();
        let controller = Controller {
            config: self.context.config.clone(),
            journal: self.context.journal.clone(),
            views: views.clone(),
        };
        let auditor = Auditor {
            config: self.context.config.clone(),
            views: views.clone(),
            interval: self.audited_every,
            found: self.audits,
            stop: stop.clone(),
        };
        let verifier = Verifier {
            config: self.context.config.clone(),
            journal: self.context.journal.clone(),
            views,
            stop: stop.clone(),
        };
        let mut beside = JoinSet::new();
        beside.spawn(controller.run(stop.clone()));
        beside.spawn(auditor.run());
        beside.spawn(verifier.run());
        coordinator::Coordinator::new(self.context, self.views, stop).run().await;
        while let Some(ended) = beside.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task beside the views' runner panicked");
            }
        }
    }
}

/// An error with its sources, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        line.push_str(": ");
        line.push_str(&error.to_string());
        source = error.source();
    }
    line
}
