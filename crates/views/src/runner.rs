//! Keeps the views up to date: one worker a view, each with a connection and a feed of its own.

mod batch;
mod worker;

use std::sync::Arc;

use chancery_journal::{Journal, JournalError, Role, config_for};
use chancery_wire::Position;
use tokio::{sync::watch, task::JoinSet};
use tokio_postgres::Config;
use tokio_util::sync::CancellationToken;

pub(crate) use batch::{Applied, apply};
pub(crate) use worker::{connect, enter};

use crate::{ApplyError, BuildError, FeedError, Feeds, Status, Statuses, View};

/// Why a view stands still for a while, or for good.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("no connection for the view")]
    Connect(#[source] tokio_postgres::Error),
    #[error("the connection of the view ended")]
    Disconnected,
    #[error("the view's build is not usable")]
    Build(#[from] BuildError),
    #[error("reading the checkpoint of {schema_name} failed")]
    Checkpoint { schema_name: String, source: tokio_postgres::Error },
    #[error("the build {schema_name} is gone")]
    Gone { schema_name: String },
    #[error("the feed went from {checkpoint} to {found} instead of the next position")]
    Gap { checkpoint: Position, found: Position },
    #[error("no events for the view")]
    Feed(#[from] FeedError),
    #[error("reading the log to fill a build failed")]
    Journal(#[from] JournalError),
    #[error("applying events {first} to {last} failed")]
    Apply { first: Position, last: Position, source: ApplyError },
    #[error("committing events {first} to {last} failed")]
    Commit { first: Position, last: Position, source: tokio_postgres::Error },
}

impl RunError {
    /// True where trying again would end the same.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Apply { source, .. } => source.is_permanent(),
            Self::Build(BuildError::Superseded { .. }) => true,
            _ => false,
        }
    }
}

/// Runs views until it is told to stop.
#[derive(Debug)]
pub struct Runner {
    config: Config,
    journal: Journal,
    feeds: Arc<dyn Feeds>,
    views: Vec<(&'static dyn View, watch::Sender<Status>)>,
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
        let mut config = config_for(url, Role::Views)?;
        // A tail of a view that a crash takes is applied again from the log.
        let options = format!("{} -c synchronous_commit=off", config.get_options().unwrap_or_default());
        config.options(options);
        let views = views.into_iter().map(|view| (view, watch::channel(Status::STARTING).0)).collect();
        Ok(Self { config, journal, feeds, views })
    }

    /// The views' statuses, followed as they change.
    pub fn statuses(&self) -> Statuses {
        Statuses::new(self.views.iter().map(|(view, status)| (view.name(), status.subscribe())))
    }

    /// Runs until `stop`; a batch that is being applied is finished first. Dropped instead, it ends at once, and
    /// the server takes back what was not committed.
    pub async fn run(self, stop: CancellationToken) {
        let mut workers = JoinSet::new();
        for (view, status) in self.views {
            let worker = worker::Worker {
                view,
                config: self.config.clone(),
                journal: self.journal.clone(),
                feeds: self.feeds.clone(),
                status,
                stop: stop.clone(),
            };
            workers.spawn(worker.run());
        }
        while let Some(ended) = workers.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a view's worker panicked");
            }
        }
    }
}
