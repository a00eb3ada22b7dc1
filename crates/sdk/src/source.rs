//! The stream's side of a feed: a consumer at the feed's position, opened again whenever it may have been lost.
//!
//! The consumer is an ephemeral push consumer in the server's memory, with flow control and heartbeats. The
//! client library's own ordered consumer is not used: it starts over at the stream's first message when it is lost
//! before its first delivery, and hides when it was lost.

use std::{collections::VecDeque, error::Error, fmt, sync::atomic::Ordering, time::Duration};

use async_nats::{
    Client,
    connection::State as Connection,
    jetstream::{
        Context, Message,
        consumer::{
            AckPolicy, DeliverPolicy,
            push::{Config, Messages},
        },
        context::ContextBuilder,
    },
};
use chancery_wire::{Position, Topology};
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use tokio::{
    task::coop::unconstrained,
    time::{Instant, sleep_until, timeout},
};

use crate::arrival::Arrival;

/// How long the server may take to make a consumer.
const API_TIMEOUT: Duration = Duration::from_secs(5);
/// How often an idle consumer shows that it lives; twice as long without a sign and it is taken for lost.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// When the server forgets a consumer that nobody listens to.
const FORGET: Duration = Duration::from_secs(10);
/// How often a silent consumer's connection is looked at.
const PULSE: Duration = Duration::from_secs(1);
/// How long to wait before a consumer that could not be made is tried again.
const AGAIN: Duration = Duration::from_millis(500);

pub(crate) struct Source {
    client: Client,
    jetstream: Context,
    topology: Topology,
    state: State,
    /// The sequence of the last message that arrived.
    seen: Position,
}

enum State {
    Closed { until: Instant },
    Opening(BoxFuture<'static, Result<Open, OpenError>>),
    Open(Box<Open>),
}

struct Open {
    messages: Messages,
    /// Tells the connection that the consumer was made on from the one that came after it.
    connection: u64,
}

type OpenError = Box<dyn Error + Send + Sync>;

impl Source {
    pub(crate) fn new(client: Client, topology: Topology) -> Self {
        let jetstream = ContextBuilder::new().timeout(API_TIMEOUT).build(client.clone());
        let state = State::Closed { until: Instant::now() };
        Self { client, jetstream, topology, state, seen: Position::START }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.client.connection_state() == Connection::Connected
    }

    pub(crate) fn seen(&self) -> Position {
        self.seen
    }

    /// Opens the consumer again, at the position that [`Self::arrivals`] is then called with.
    pub(crate) fn reopen(&mut self) {
        self.state = State::Closed { until: Instant::now() };
    }

    /// As [`Self::reopen`], but not at once.
    pub(crate) fn reopen_later(&mut self) {
        self.state = State::Closed { until: Instant::now() + AGAIN };
    }

    /// Waits for messages, and puts those after `position` behind `held`, at most `limit`. May return without any.
    /// Loses nothing when dropped.
    pub(crate) async fn arrivals(&mut self, position: Position, held: &mut VecDeque<Arrival>, limit: usize) {
        loop {
            match &mut self.state {
                State::Closed { until } => {
                    sleep_until(*until).await;
                    let (jetstream, topology) = (self.jetstream.clone(), self.topology.clone());
                    self.state = State::Opening(open(jetstream, topology, position).boxed());
                }
                State::Opening(opening) => match opening.await {
                    Ok(open) => self.state = State::Open(Box::new(open)),
                    Err(error) => {
                        tracing::debug!(%error, stream = self.topology.stream, "opening the stream failed");
                        self.reopen_later();
                    }
                },
                State::Open(open) => match timeout(PULSE, open.messages.next()).await {
                    Ok(Some(Ok(first))) => {
                        let more = std::iter::from_fn(|| at_hand(&mut open.messages)).take(limit);
                        for message in std::iter::once(first).chain(more) {
                            let Ok(sequence) = message.info().map(|info| info.stream_sequence) else {
                                continue;
                            };
                            self.seen = Position::new(sequence);
                            if self.seen > position {
                                held.push_back(Arrival::read(sequence, message));
                            }
                        }
                        return;
                    }
                    Ok(Some(Err(error))) => {
                        tracing::debug!(%error, %position, "the stream's consumer was lost, opening it again");
                        self.reopen();
                    }
                    Ok(None) => self.reopen_later(),
                    Err(_) if connection(&self.client) != open.connection => self.reopen(),
                    Err(_) => {}
                },
            }
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Closed { .. } => "closed",
            State::Opening(_) => "opening",
            State::Open(_) => "open",
        };
        f.debug_struct("Source")
            .field("stream", &self.topology.stream)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

/// Makes a consumer at `position`, on the connection of the moment; waits for one if there is none.
async fn open(jetstream: Context, topology: Topology, position: Position) -> Result<Open, OpenError> {
    let client = jetstream.client();
    client.flush().await?;
    let connection = connection(&client);
    let config = Config {
        deliver_subject: client.new_inbox(),
        description: Some("chancery-sdk feed".to_owned()),
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: position.next().get() },
        ack_policy: AckPolicy::None,
        flow_control: true,
        idle_heartbeat: HEARTBEAT,
        inactive_threshold: FORGET,
        memory_storage: true,
        num_replicas: 1,
        ..Config::default()
    };
    let consumer = jetstream.create_consumer_on_stream(config, &topology.stream).await?;
    Ok(Open { messages: consumer.messages().await?, connection })
}

/// The next message, if it is here already. Not held back by tokio's budget, so that a batch is what is there.
fn at_hand(messages: &mut Messages) -> Option<Message> {
    // An error says that the consumer was lost; it is said again.
    unconstrained(messages.next()).now_or_never()??.ok()
}

fn connection(client: &Client) -> u64 {
    client.statistics().connects.load(Ordering::Relaxed)
}
