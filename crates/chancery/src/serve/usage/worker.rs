//! From the stream into the tables: a batch is acknowledged when its transaction has committed, and not before. Killed
//! at any moment, a worker leaves batches that come again, to it or to another, and that are known by their numbers.

use std::{
    error::Error,
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime},
};

use async_nats::{
    Client,
    connection::State as Connection,
    jetstream::{
        AckKind, Context, Message,
        consumer::{Consumer, pull},
        context::ContextBuilder,
    },
};
use chancery_service::usage::{Mode, Outcome, Usage};
use chancery_wire::{Topology, usage::UsageBatch};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    status::{Counters, Status, add},
    stream::{self, OpenError},
};

/// How long a question to JetStream may take.
const API_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait before what failed is tried again.
const AGAIN: Duration = Duration::from_millis(500);
/// How often a stream that was refused is looked at again.
const RECHECK: Duration = Duration::from_secs(3);
/// Messages that one request asks for, and how long the server holds it open.
const FETCH: usize = 256;
const OPEN: Duration = Duration::from_secs(2);
/// Batches of one transaction. As many as are there: a lone one does not wait.
const TOGETHER: usize = 64;
/// How often is asked how much waits, and how much is missing.
const LOOK: Duration = Duration::from_secs(2);

/// Adds up what meters tell. Any number may run at once.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) client: Client,
    pub(super) topology: Topology,
    pub(super) replicas: usize,
    pub(super) usage: Usage,
    pub(super) counters: Arc<Counters>,
    pub(super) status: watch::Sender<Status>,
}

/// What was asked for came in part or not at all, and the stream is to be looked at again.
type Interrupted = Box<dyn Error + Send + Sync>;

impl Worker {
    /// Works until `stop` is cancelled. What was taken and not added then is given back.
    pub(super) async fn run(self, stop: CancellationToken) {
        let context = ContextBuilder::new().timeout(API_TIMEOUT).build(self.client.clone());
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.connected() => {}
            }
            let ended = match stream::open(&context, &self.topology, self.replicas).await {
                Ok(consumer) => self.consume(&context, consumer, &stop).await,
                Err(OpenError::Differs(fields)) => {
                    self.report(Status::Refused(OpenError::Differs(fields).to_string()));
                    self.pause(RECHECK, &stop).await;
                    continue;
                }
                Err(error) => Err(error.into()),
            };
            if let Err(error) = ended {
                tracing::warn!(
                    error = &*error as &dyn Error,
                    "taking usage from NATS was interrupted, trying again"
                );
                self.report(Status::Waiting("NATS"));
                self.pause(AGAIN, &stop).await;
            }
        }
    }

    /// Takes batches until something is unexpected. `Ok` where it is only to be stopped.
    async fn consume(
        &self,
        context: &Context,
        mut consumer: Consumer<pull::Config>,
        stop: &CancellationToken,
    ) -> Result<(), Interrupted> {
        let connection = self.connection();
        let mut looked: Option<Instant> = None;
        while !stop.is_cancelled() {
            if looked.is_none_or(|looked| looked.elapsed() > LOOK) {
                // Also finds out that the stream is gone, which a request that waits would not.
                let info = consumer.info().await?;
                let waiting = info.num_pending + info.num_ack_pending as u64;
                self.counters.lag_batches.store(waiting, Ordering::Relaxed);
                match self.usage.missing().await {
                    Ok(missing) => self.counters.missing.store(missing, Ordering::Relaxed),
                    Err(error) => tracing::debug!(%error, "what is missing is not known"),
                }
                looked = Some(Instant::now());
            }
            if self.connection() != connection {
                return Err("the connection is a new one".into());
            }
            self.report(Status::Adding);
            let mut messages = consumer.batch().max_messages(FETCH).expires(OPEN).messages().await?;
            loop {
                let next = tokio::select! {
                    () = stop.cancelled() => None,
                    // The server ends a request by itself, unless it is away.
                    next = timeout(OPEN * 2, messages.next()) => next.unwrap_or(None),
                };
                let Some(first) = next else { break };
                let mut taken = vec![first?];
                while taken.len() < TOGETHER {
                    let Some(Some(Ok(message))) = messages.next().now_or_never() else { break };
                    taken.push(message);
                }
                self.add_all(taken, stop).await?;
            }
            while let Some(Some(Ok(message))) = messages.next().now_or_never() {
                give_back(&message).await;
            }
        }
        // What was acknowledged last is to arrive.
        let _ = timeout(API_TIMEOUT, context.client().flush()).await;
        Ok(())
    }

    /// Adds the batches of these messages, as often as it takes, and acknowledges them.
    async fn add_all(&self, messages: Vec<Message>, stop: &CancellationToken) -> Result<(), Interrupted> {
        let mut batches = Vec::with_capacity(messages.len());
        let mut carried = Vec::with_capacity(messages.len());
        for message in messages {
            match UsageBatch::from_json(&message.payload) {
                Ok(batch) => {
                    batches.push(batch);
                    carried.push(message);
                }
                Err(error) => {
                    self.rejected(&message, &error);
                    message.ack_with(AckKind::Term).await?;
                }
            }
        }
        let outcomes = loop {
            match self.usage.apply_all(&batches, Mode::Lenient).await {
                Ok(outcomes) => break outcomes,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn Error, "adding usage up failed, trying again");
                    self.report(Status::Waiting("the database"));
                    self.pause(AGAIN, stop).await;
                    if stop.is_cancelled() {
                        for message in &carried {
                            give_back(message).await;
                        }
                        return Ok(());
                    }
                }
            }
        };
        for ((outcome, batch), message) in outcomes.into_iter().zip(&batches).zip(&carried) {
            match outcome {
                Outcome::Applied => {
                    add(&self.counters.batches, 1);
                    add(&self.counters.calls, batch.items.iter().map(|item| item.calls).sum());
                }
                Outcome::Duplicate => add(&self.counters.duplicates, 1),
                // In this mode it is noted, and the batch added.
                Outcome::Gap { .. } => {}
                Outcome::Refused(refusal) => {
                    self.rejected(message, &refusal);
                    message.ack_with(AckKind::Term).await?;
                    continue;
                }
            }
            message.ack().await?;
        }
        if let Some(info) = carried.last().and_then(|message| message.info().ok()) {
            self.counters.lag_batches.store(info.pending, Ordering::Relaxed);
            let published =
                Duration::from_nanos(info.published.unix_timestamp_nanos().try_into().unwrap_or_default());
            let waited = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().saturating_sub(published);
            self.counters
                .lag_milliseconds
                .store(u64::try_from(waited.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        Ok(())
    }

    /// What can never be added is not taken again.
    fn rejected(&self, message: &Message, error: &(dyn Error + 'static)) {
        tracing::warn!(error, subject = %message.subject, "a batch of usage was rejected, and its calls are not counted");
        add(&self.counters.rejected, 1);
    }

    /// Waits until NATS is there.
    async fn connected(&self) {
        if self.client.connection_state() == Connection::Connected {
            return;
        }
        self.report(Status::Waiting("NATS"));
        while self.client.flush().await.is_err() || self.client.connection_state() != Connection::Connected {
            sleep(AGAIN).await;
        }
    }

    /// Numbers the connections of the client: requests of an earlier one are forgotten.
    fn connection(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    async fn pause(&self, length: Duration, stop: &CancellationToken) {
        let _ = timeout(length, stop.cancelled()).await;
    }

    fn report(&self, status: Status) {
        self.status.send_if_modified(|known| {
            // A worker that waits before it has seen its stream is still starting.
            let starting = *known == Status::Starting && matches!(status, Status::Waiting(_));
            if *known == status || starting {
                return false;
            }
            match &status {
                Status::Refused(reason) => {
                    tracing::error!(code = status.code(), reason, "no usage is added up");
                }
                status => tracing::info!(code = status.code(), %status, "the state of adding usage changed"),
            }
            *known = status;
            true
        });
    }
}

/// For another worker, or for this one's next start. If that is not heard, it comes again after a while.
async fn give_back(message: &Message) {
    let _ = message.ack_with(AckKind::Nak(None)).await;
}
