//! The relay's life: look, publish, and when something is unexpected, look again.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use async_nats::{
    Client,
    connection::State,
    jetstream::{Context, context::ContextBuilder},
};
use chancery_journal::Journal;
use chancery_wire::{Position, Topology};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    Dependency, Refusal, RelayError, Settings, Stats, Status, admin,
    announce::announce,
    inspect::{self, inspect},
    session::{Ended, Session},
};

/// How long a question to JetStream may take.
const API_TIMEOUT: Duration = Duration::from_secs(5);

/// How long to wait before asking a server again that did not answer.
const AGAIN: Duration = Duration::from_millis(500);

/// How long what is still on its way gets to arrive before the stream is looked at again.
const SETTLE: Duration = Duration::from_millis(50);

/// Publishes one log to one stream. Any number may run at once: one publishes, the others stand by.
#[derive(Debug)]
pub struct Relay {
    pub(crate) client: Client,
    pub(crate) jetstream: Context,
    pub(crate) journal: Journal,
    pub(crate) topology: Topology,
    pub(crate) settings: Settings,
    pub(crate) stats: Arc<Stats>,
    status: watch::Sender<Status>,
}

impl Relay {
    /// A relay on a connection whose user may publish to the stream's subjects and to the head's. Does nothing
    /// before [`Self::run`].
    pub fn new(journal: Journal, client: Client, topology: Topology, settings: Settings) -> Self {
        Self {
            jetstream: jetstream(&client),
            client,
            journal,
            topology,
            settings,
            stats: Arc::default(),
            status: watch::Sender::new(Status::Starting),
        }
    }

    /// How it is doing, now and whenever that changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Its counters.
    pub fn stats(&self) -> Arc<Stats> {
        Arc::clone(&self.stats)
    }

    /// Publishes until `stop` is cancelled. Whatever is on its way then arrives or not: the next start looks.
    pub async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.relay() => {}
            () = announce(&self.client, &self.journal, &self.topology) => {}
        }
    }

    async fn relay(&self) {
        // Only a stream that this relay never saw is made; one that vanished was deleted by somebody.
        let mut seen = false;
        // Where the stream stood when another relay was suspected.
        let mut conflict = None;
        loop {
            self.connected().await;
            match inspect(&self.jetstream, &self.journal, &self.topology, self.settings.replicas).await {
                Ok(found) => match found.verdict {
                    Ok(last) if conflict.take().is_some_and(|acknowledged| last > acknowledged) => {
                        seen = true;
                        self.stand_by(last).await;
                    }
                    Ok(last) => {
                        seen = true;
                        self.stats.found(last);
                        conflict = self.publish(found.log.log_id, last).await;
                    }
                    Err(Refusal::StreamMissing) if !seen => self.create(found.log.log_id).await,
                    Err(refusal) => self.refuse(refusal).await,
                },
                Err(error) => self.wait_for(&error).await,
            }
        }
    }

    /// Runs a session; where another relay came between, the last position that this one got acknowledged.
    async fn publish(&self, log_id: Uuid, last: Position) -> Option<Position> {
        match Session::new(self, log_id, last).run().await {
            Ended::Reconnected => {
                tracing::info!("the connection to NATS is a new one, looking at the stream again");
                None
            }
            Ended::Conflict { acknowledged } => {
                tracing::info!(%acknowledged, "the stream is not where it was expected, looking at it again");
                self.stats.count_conflict();
                sleep(SETTLE).await;
                Some(acknowledged)
            }
            Ended::Silent => {
                self.refuse(Refusal::NotAcknowledged).await;
                None
            }
            Ended::Rejected { reason } => {
                self.refuse(Refusal::PublishRejected { reason }).await;
                None
            }
            Ended::Failed(error) => {
                self.wait_for(&error).await;
                None
            }
        }
    }

    /// Waits while the stream follows the log without this relay.
    async fn stand_by(&self, mut last: Position) {
        self.report(Status::Standby);
        let mut follower = self.journal.follow();
        loop {
            let behind = timeout(self.settings.recheck, follower.after(last)).await.is_ok();
            if behind {
                sleep(self.settings.quiet).await;
            }
            let found = inspect::find(&self.jetstream, &self.topology.stream).await;
            let Ok(Some(now)) = found.map(|found| found.map(|found| found.cached_info().state.last_sequence))
            else {
                return;
            };
            let moved = Position::new(now) > last;
            if Position::new(now) < last || (behind && !moved) {
                return;
            }
            last = Position::new(now);
        }
    }

    async fn create(&self, log_id: Uuid) {
        tracing::info!(stream = self.topology.stream, "making the stream");
        let made = admin::create(&self.jetstream, &self.topology, log_id, self.settings.replicas).await;
        if let Err(error) = made {
            self.wait_for(&error).await;
        }
    }

    async fn refuse(&self, refusal: Refusal) {
        self.report(Status::Refused(refusal));
        sleep(self.settings.recheck).await;
    }

    async fn wait_for(&self, error: &RelayError) {
        let dependency = match error {
            RelayError::Nats { .. } => Dependency::Nats,
            RelayError::Journal(_) => Dependency::Log,
        };
        tracing::warn!(error = error as &dyn std::error::Error, "publishing was interrupted, trying again");
        self.report(Status::Disconnected(dependency));
        sleep(AGAIN).await;
    }

    /// Waits until NATS is there: a flush is answered by a connection only.
    async fn connected(&self) {
        if self.client.connection_state() == State::Connected {
            return;
        }
        self.report(Status::Disconnected(Dependency::Nats));
        while self.client.flush().await.is_err() {
            sleep(AGAIN).await;
        }
    }

    /// Numbers the connections of the client, so that a new one is noticed.
    pub(crate) fn connection(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    /// Publishes the status, and logs it where what the relay does has changed.
    pub(crate) fn report(&self, status: Status) {
        self.status.send_if_modified(|known| {
            if *known == status {
                return false;
            }
            if known.code() != status.code() {
                match &status {
                    Status::Refused(reason) => {
                        tracing::error!(code = status.code(), %reason, "publishing stopped");
                    }
                    status => tracing::info!(code = status.code(), %status, "the relay's status changed"),
                }
            }
            *known = status;
            true
        });
    }
}

/// JetStream on `client`, with the patience that a relay has.
pub(crate) fn jetstream(client: &Client) -> Context {
    ContextBuilder::new().timeout(API_TIMEOUT).build(client.clone())
}
