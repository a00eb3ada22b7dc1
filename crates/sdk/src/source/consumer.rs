//! The consumer itself, and what makes sure that it delivered all that it was to.

use std::{error::Error, sync::atomic::Ordering, time::Duration};

use async_nats::{
    Client,
    jetstream::{
        Context, Message,
        consumer::{
            AckPolicy, DeliverPolicy,
            push::{Config, Messages},
        },
    },
};
use chancery_wire::{Position, Topology};
use futures_util::{FutureExt, StreamExt};
use tokio::task::coop::unconstrained;

use super::extent::Extent;
use crate::arrival::Arrival;

/// How often an idle consumer shows that it lives; twice as long without a sign and it is taken for lost.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// When the server forgets a consumer that nobody listens to.
const FORGET: Duration = Duration::from_secs(10);

/// Why there is no consumer, or not any longer.
pub(super) type Lost = Box<dyn Error + Send + Sync>;

/// A consumer, and what it has delivered.
pub(super) struct Open {
    pub(super) messages: Messages,
    /// Tells the connection that the consumer was made on from the one that came after it.
    pub(super) connection: u64,
    /// Of the stream, when the consumer was made or later.
    pub(super) extent: Extent,
    /// The place of the last message among the consumer's own, and in the stream.
    delivered: (u64, Position),
    /// What was delivered, and is not known yet to be all that was to be.
    pub(super) fresh: Vec<Arrival>,
    /// Whether a message was lost on the way here.
    pub(super) is_torn: bool,
}

impl Open {
    /// Takes the messages that are here, as following each other.
    pub(super) fn take(&mut self, first: Message, limit: usize, all: bool) {
        let mut next = Some(first);
        while let Some(message) = next {
            let Ok(info) = message.info() else { break };
            let (place, sequence) = (info.consumer_sequence, info.stream_sequence);
            let position = Position::new(sequence);
            let (last_place, last) = self.delivered;
            if !all && place != last_place + 1 {
                self.is_torn = true;
                break;
            }
            let follows = if all { position.previous() } else { last };
            self.fresh.push(Arrival::read(follows, sequence, message));
            self.delivered = (place, position);
            next = (self.fresh.len() < limit).then(|| at_hand(&mut self.messages)).flatten();
        }
    }

    /// Makes sure that what was delivered is all that was to be: where it may not be, what arrived follows nothing but
    /// what the stream has.
    pub(super) async fn vouch(&mut self, jetstream: &Context, topology: &Topology) -> Result<(), Lost> {
        if !self.extent.is_lasting {
            let (_, now) = Extent::of(jetstream, &topology.stream).await?;
            if now.created != self.extent.created {
                return Err("the stream is another one".into());
            }
            self.extent = now;
        }
        for arrival in &mut self.fresh {
            arrival.follows = arrival.follows.max(self.extent.floor.min(arrival.position.previous()));
        }
        Ok(())
    }
}

/// Makes a consumer at `position`, on the connection of the moment; waits for one if there is none.
pub(super) async fn open(
    jetstream: Context,
    topology: Topology,
    subjects: Vec<String>,
    position: Position,
) -> Result<Open, Lost> {
    let client = jetstream.client();
    client.flush().await?;
    let connection = connection(&client);
    let (_, before) = Extent::of(&jetstream, &topology.stream).await?;
    let all = subjects.is_empty();
    let config = Config {
        deliver_subject: client.new_inbox(),
        description: Some("chancery-sdk feed".to_owned()),
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: position.next().get() },
        filter_subjects: subjects,
        ack_policy: AckPolicy::None,
        flow_control: true,
        idle_heartbeat: HEARTBEAT,
        inactive_threshold: FORGET,
        memory_storage: true,
        num_replicas: 1,
        ..Config::default()
    };
    let consumer = jetstream.create_consumer_on_stream(config, &topology.stream).await?;
    let messages = consumer.messages().await?;
    let extent = if all {
        // Positions show what is missing: nobody need ask the stream.
        Extent { is_lasting: true, ..before }
    } else {
        let (_, after) = Extent::of(&jetstream, &topology.stream).await?;
        if after.created != before.created {
            return Err("the stream is another one".into());
        }
        after
    };
    let (delivered, fresh) = ((0, position), Vec::new());
    Ok(Open { messages, connection, extent, delivered, fresh, is_torn: false })
}

/// The next message, if it is here already. Not held back by tokio's budget, so that a batch is what is there.
fn at_hand(messages: &mut Messages) -> Option<Message> {
    // An error says that the consumer was lost; it is said again.
    unconstrained(messages.next()).now_or_never()??.ok()
}

pub(super) fn connection(client: &Client) -> u64 {
    client.statistics().connects.load(Ordering::Relaxed)
}
