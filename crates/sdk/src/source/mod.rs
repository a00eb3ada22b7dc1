//! The stream's side of a feed: a consumer at the feed's position, opened again whenever it may have been lost.
//!
//! The consumer is an ephemeral push consumer in the server's memory, with flow control and heartbeats. The
//! client library's own ordered consumer is not used: it starts over at the stream's first message when it is lost
//! before its first delivery, and hides when it was lost.
//!
//! Where everything is wanted, the positions themselves show what is missing. Where a filter leaves events out they do
//! not: there each delivery's place among the consumer's deliveries shows that none was lost on the way, and the
//! stream's extent that it had everything that lay between. While nothing comes the stream is looked through for what
//! is wanted, so that the position moves on over what is not.

mod consumer;
mod extent;

use std::{collections::VecDeque, fmt, time::Duration};

use async_nats::{
    Client,
    connection::State as Connection,
    jetstream::{Context, context::ContextBuilder},
};
use chancery_wire::{Position, Topology};
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use tokio::time::{Instant, sleep_until, timeout_at};
use uuid::Uuid;

use self::{
    consumer::{Lost, Open, connection, open},
    extent::survey,
};
use crate::{
    Filter,
    arrival::{Arrival, Arrived},
};

/// How long the server may take to make a consumer.
const API_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a silent consumer's connection is looked at, and the stream looked through.
const PULSE: Duration = Duration::from_secs(1);
/// How long to wait before a consumer that could not be made is tried again.
const AGAIN: Duration = Duration::from_millis(500);

pub(crate) struct Source {
    client: Client,
    jetstream: Context,
    topology: Topology,
    /// Those of what is wanted; none where everything is.
    subjects: Vec<String>,
    state: State,
    /// The sequence of the last message that arrived, or was looked for.
    seen: Position,
    /// When a silent consumer is looked at.
    look_at: Instant,
}

enum State {
    Closed { until: Instant },
    Opening(BoxFuture<'static, Result<Open, Lost>>),
    Open(Box<Open>),
}

impl Source {
    pub(crate) fn new(client: Client, topology: Topology) -> Self {
        let jetstream = ContextBuilder::new().timeout(API_TIMEOUT).build(client.clone());
        let (state, look_at) = (State::Closed { until: Instant::now() }, Instant::now());
        Self { client, jetstream, topology, subjects: Vec::new(), state, seen: Position::START, look_at }
    }

    pub(crate) fn want(&mut self, filter: &Filter) {
        self.subjects = filter.subjects(&self.topology);
        self.reopen();
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.client.connection_state() == Connection::Connected
    }

    pub(crate) fn seen(&self) -> Position {
        self.seen
    }

    /// The log that the stream says it has; `None` while it is not open.
    pub(crate) fn log_id(&self) -> Option<Uuid> {
        match &self.state {
            State::Open(open) => open.extent.log_id,
            State::Closed { .. } | State::Opening(_) => None,
        }
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
                    let opening = open(jetstream, topology, self.subjects.clone(), position);
                    self.state = State::Opening(opening.boxed());
                }
                State::Opening(opening) => match opening.await {
                    Ok(open) => {
                        self.state = State::Open(Box::new(open));
                        self.look_at = Instant::now() + PULSE;
                        // Which log it has can be looked at now.
                        return;
                    }
                    Err(error) => {
                        tracing::debug!(%error, stream = self.topology.stream, "opening the stream failed");
                        self.reopen_later();
                    }
                },
                State::Open(open) if !open.fresh.is_empty() => {
                    if let Err(error) = open.vouch(&self.jetstream, &self.topology).await {
                        tracing::debug!(%error, %position, "the stream could not be looked at, opening it again");
                        self.reopen_later();
                        continue;
                    }
                    let fresh = open.fresh.drain(..);
                    self.seen = fresh.as_slice().last().map_or(self.seen, |last| last.position);
                    held.extend(fresh.filter(|arrival| arrival.position > position));
                    if open.is_torn {
                        self.reopen();
                    }
                    return;
                }
                State::Open(open) => match timeout_at(self.look_at, open.messages.next()).await {
                    Ok(Some(Ok(first))) => {
                        self.look_at = Instant::now() + PULSE;
                        open.take(first, limit, self.subjects.is_empty());
                        if open.is_torn && open.fresh.is_empty() {
                            self.reopen();
                        }
                    }
                    Ok(Some(Err(error))) => {
                        tracing::debug!(%error, %position, "the stream's consumer was lost, opening it again");
                        self.reopen();
                    }
                    Ok(None) => self.reopen_later(),
                    Err(_) => {
                        self.look_at = Instant::now() + PULSE;
                        if connection(&self.client) != open.connection {
                            self.reopen();
                        } else if !self.subjects.is_empty() && self.look_through(position, held).await {
                            return;
                        }
                    }
                },
            }
        }
    }

    /// Looks for what is wanted after `position`. Whether the stream goes at least as far.
    async fn look_through(&mut self, position: Position, held: &mut VecDeque<Arrival>) -> bool {
        let State::Open(open) = &self.state else { return false };
        let created = open.extent.created;
        match survey(&self.jetstream, &self.topology, &self.subjects, created, position).await {
            Ok(survey) => {
                self.seen = survey.last;
                if survey.through > position {
                    let (follows, position) = (survey.follows, survey.through);
                    held.push_back(Arrival { follows, position, what: Arrived::Nothing });
                }
                survey.last >= position
            }
            Err(error) => {
                tracing::debug!(%error, %position, "the stream could not be looked through, opening it again");
                self.reopen_later();
                false
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
