//! Publishing, from a position at which stream and log were seen to agree, until something unexpected happens.
//!
//! Acknowledgements come back on one inbox per session, in order: so an answer to an earlier session is never
//! taken for one to this, and a thousand messages on their way need one subscription and one timer instead of a
//! thousand of each, as `jetstream::Context::publish` has them.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use async_nats::{
    Message, StatusCode, Subscriber,
    connection::State,
    jetstream::{ErrorCode, publish::PublishAck, response::Response},
};
use chancery_journal::{JournalError, trace};
use chancery_wire::{Position, Recorded};
use futures_util::StreamExt;
use tokio::{
    sync::{Semaphore, mpsc},
    time::{Instant, MissedTickBehavior, interval},
};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{Relay, RelayError, Status, inspect, message, stream};

/// Acknowledgements counted at once.
const ACKS: usize = 256;

/// How often the connection is looked at.
const PULSE: Duration = Duration::from_secs(1);

/// Why a session ended. Nothing here is final: the next step is to look at the stream again.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The connection to NATS was lost, or is a new one.
    Reconnected,
    /// The stream is not where this session left it: after `acknowledged`.
    Conflict { acknowledged: Position },
    /// Nothing was acknowledged for as long as the relay has patience.
    Silent,
    /// NATS refused to store an event, for a reason of its own.
    Rejected { reason: String },
    /// A question to NATS or to the log failed.
    Failed(RelayError),
}

/// One session's progress.
pub(crate) struct Session<'a> {
    relay: &'a Relay,
    log_id: Uuid,
    /// Tells a connection from the one that came after it.
    connection: u64,
    inbox: String,
    from: Position,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    /// A permit for each message that may yet go on its way.
    window: Semaphore,
}

impl<'a> Session<'a> {
    pub(crate) fn new(relay: &'a Relay, log_id: Uuid, from: Position) -> Self {
        Self {
            relay,
            log_id,
            connection: relay.connection(),
            inbox: relay.client.new_inbox(),
            from,
            sent: AtomicU64::new(from.get()),
            acknowledged: AtomicU64::new(from.get()),
            window: Semaphore::new(relay.settings.window),
        }
    }

    /// Publishes until something unexpected happens.
    pub(crate) async fn run(&self) -> Ended {
        self.report();
        let acknowledgements = match self.relay.client.subscribe(format!("{}.*", self.inbox)).await {
            Ok(subscriber) => subscriber,
            Err(error) => return failed("subscribing to acknowledgements", error),
        };
        // One range is read while the one before is published.
        let (ranges, published) = mpsc::channel(1);
        tokio::select! {
            error = self.read(ranges) => Ended::Failed(error.into()),
            ended = self.publish(published) => ended,
            ended = self.acknowledge(acknowledgements) => ended,
            ended = self.watch() => ended,
        }
    }

    async fn read(&self, ranges: mpsc::Sender<Vec<Recorded>>) -> JournalError {
        let mut follower = self.relay.journal.follow();
        let mut last = self.from;
        loop {
            follower.after(last).await;
            match self.relay.journal.read(last, self.relay.settings.batch).await {
                Ok(range) => match range.last() {
                    Some(event) => {
                        last = event.position;
                        // The receiver lives as long as this future: see `run`.
                        let _ = ranges.send(range).await;
                    }
                    // The log went back behind the head that was seen. The next look at the stream finds out.
                    None => tokio::time::sleep(PULSE).await,
                },
                Err(error) => return error,
            }
        }
    }

    async fn publish(&self, mut ranges: mpsc::Receiver<Vec<Recorded>>) -> Ended {
        while let Some(range) = ranges.recv().await {
            let span = trace::exported(|| tracing::info_span!("publish", events = range.len()));
            trace::link(&span, &range);
            if let Err(ended) = self.send(range).instrument(span).await {
                return ended;
            }
        }
        std::future::pending().await
    }

    async fn send(&self, range: Vec<Recorded>) -> Result<(), Ended> {
        for event in range {
            if let Ok(permit) = self.window.acquire().await {
                permit.forget();
            }
            let (client, topology) = (&self.relay.client, &self.relay.topology);
            let subject = topology.event_subject(&event);
            let reply = format!("{}.{}", self.inbox, event.position);
            let headers = message::header_map(&event, self.log_id);
            let sent = client.publish_with_reply_and_headers(subject, reply, headers, event.data).await;
            sent.map_err(|error| failed("publishing an event", error))?;
            self.sent.store(event.position.get(), Ordering::Relaxed);
        }
        Ok(())
    }

    async fn acknowledge(&self, acknowledgements: Subscriber) -> Ended {
        let mut chunks = acknowledgements.ready_chunks(ACKS);
        while let Some(chunk) = chunks.next().await {
            let before = self.acknowledged();
            let unexpected = chunk.iter().try_for_each(|message| {
                let position = self.check(message)?;
                self.acknowledged.store(position.get(), Ordering::Relaxed);
                Ok(())
            });
            let position = self.acknowledged();
            self.relay.stats.count_published(position.since(before), position);
            if let Err(ended) = unexpected {
                return ended;
            }
            self.window.add_permits(chunk.len());
            self.report();
        }
        Ended::Reconnected
    }

    /// The position that a message acknowledges, where it is the next one.
    fn check(&self, message: &Message) -> Result<Position, Ended> {
        let acknowledged = self.acknowledged();
        let conflict = Ended::Conflict { acknowledged };
        // Nobody listens on the subject: the stream is gone.
        if message.status == Some(StatusCode::NO_RESPONDERS) {
            return Err(conflict);
        }
        let expected = acknowledged.next();
        match serde_json::from_slice::<Response<PublishAck>>(&message.payload) {
            Ok(Response::Ok(ack)) if ack.sequence == expected.get() && is_reply_to(message, expected) => {
                Ok(expected)
            }
            Ok(Response::Ok(_)) => Err(conflict),
            Ok(Response::Err { error }) if error.error_code() == ErrorCode::STREAM_WRONG_LAST_SEQUENCE => {
                Err(conflict)
            }
            Ok(Response::Err { error }) => Err(Ended::Rejected { reason: error.to_string() }),
            Err(error) => Err(failed("reading an acknowledgement", error)),
        }
    }

    /// Looks at the connection and at the stream now and then, for what no acknowledgement tells.
    async fn watch(&self) -> Ended {
        let mut pulse = interval(PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut progress = (self.acknowledged(), Instant::now());
        let mut looked = Instant::now();
        loop {
            pulse.tick().await;
            if self.relay.client.connection_state() != State::Connected
                || self.relay.connection() != self.connection
            {
                return Ended::Reconnected;
            }
            let acknowledged = self.acknowledged();
            if acknowledged != progress.0 || self.sent.load(Ordering::Relaxed) == acknowledged.get() {
                progress = (acknowledged, Instant::now());
            } else if progress.1.elapsed() > self.relay.settings.patience {
                return Ended::Silent;
            }
            if looked.elapsed() > self.relay.settings.recheck {
                if let Err(ended) = self.look().await {
                    return ended;
                }
                looked = Instant::now();
            }
            self.report();
        }
    }

    /// Whether the stream still holds what this session published, and still promises to. A stream that was deleted or
    /// that lost its tail would show at the next event; this finds out while there is none. That it may be purged from
    /// now on shows nowhere else.
    async fn look(&self) -> Result<(), Ended> {
        let acknowledged = self.acknowledged();
        let found = inspect::find(&self.relay.jetstream, &self.relay.topology.stream).await;
        let found = found.map_err(Ended::Failed)?;
        let asked = stream::config(&self.relay.topology, self.log_id, self.relay.settings.replicas);
        let still = found.is_some_and(|found| {
            let info = found.cached_info();
            stream::log_id(&info.config) == Some(self.log_id)
                && info.state.last_sequence >= acknowledged.get()
                && stream::differences(&asked, &info.config).is_empty()
        });
        if still { Ok(()) } else { Err(Ended::Conflict { acknowledged }) }
    }

    fn acknowledged(&self) -> Position {
        Position::new(self.acknowledged.load(Ordering::Relaxed))
    }

    fn report(&self) {
        let position = self.acknowledged();
        let lag = self.relay.journal.follow().head().since(position);
        self.relay.report(Status::Publishing { position, lag });
    }
}

fn is_reply_to(message: &Message, position: Position) -> bool {
    let suffix = message.subject.rsplit('.').next();
    suffix.and_then(|suffix| suffix.parse().ok()) == Some(position)
}

fn failed<E: std::error::Error + Send + Sync + 'static>(action: &'static str, error: E) -> Ended {
    Ended::Failed(RelayError::nats(action)(error))
}
