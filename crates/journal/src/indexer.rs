//! Keeps `event_keys` up with the log: what filters look events up by, a projection like any other.
//!
//! Any number of processes may do so; they take turns at the checkpoint's lock. Nothing waits for it and nothing is
//! wrong without it: a filter reads from the log itself what has no keys yet.

use std::time::Duration;

use chancery_wire::Position;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_postgres::{Config, NoTls};
use tokio_util::sync::CancellationToken;

use crate::{Follower, Journal, JournalError, Role, connect::config_for};

/// Events whose keys are written in one transaction.
const BATCH: i32 = 10_000;
/// Between two batches, so that they are worth their commit and leave the appends room. What a filter reads without
/// keys is what was appended in this time.
const PAUSE: Duration = Duration::from_millis(100);
/// Looks also when nothing was appended: the keys may have been forgotten, or lost with the process that wrote them.
const IDLE: Duration = Duration::from_secs(10);
/// Before another attempt.
const WAIT: Duration = Duration::from_secs(1);

/// How far the keys are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Indexed {
    pub position: Position,
    /// Why they are not kept up, while they are not.
    pub error: Option<String>,
}

/// Writes the keys of what is appended.
#[derive(Debug)]
pub struct Indexer {
    config: Config,
    head: Follower,
    progress: watch::Sender<Indexed>,
}

impl Indexer {
    /// Of the log at `url`, which `journal` follows.
    pub fn new(url: &str, journal: &Journal) -> Result<Self, JournalError> {
        let (progress, _) = watch::channel(Indexed::default());
        Ok(Self { config: config_for(url, Role::Views)?, head: journal.follow(), progress })
    }

    pub fn progress(&self) -> watch::Receiver<Indexed> {
        self.progress.subscribe()
    }

    /// Works until it is told to stop; a batch that is begun is finished.
    pub async fn run(mut self, stop: CancellationToken) {
        while let Err(error) = self.session(&stop).await {
            tracing::warn!(%error, "the keys of events are not kept up, trying again");
            self.progress.send_modify(|progress| progress.error = Some(error.to_string()));
            if stop.run_until_cancelled(sleep(WAIT)).await.is_none() {
                return;
            }
        }
    }

    /// One connection, until it breaks.
    async fn session(&mut self, stop: &CancellationToken) -> Result<(), tokio_postgres::Error> {
        let (client, connection) = self.config.connect(NoTls).await?;
        tokio::spawn(connection);
        // Keys and checkpoint are lost together in a crash, and written again.
        client.batch_execute("SET synchronous_commit = off; SET jit = off").await?;
        let index = client.prepare("SELECT public.index_events($1)").await?;
        let mut most = 0;
        loop {
            let position = Position::from_i64(client.query_one(&index, &[&most]).await?.get(0));
            self.progress.send_replace(Indexed { position, error: None });
            most = BATCH;
            let more = async {
                if timeout(IDLE, self.head.after(position)).await.is_ok() {
                    sleep(PAUSE).await;
                }
            };
            if stop.run_until_cancelled(more).await.is_none() {
                return Ok(());
            }
        }
    }
}
