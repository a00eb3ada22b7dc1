//! A message of the stream, read as an event as far as it is one.

use async_nats::{HeaderValue, jetstream::Message};
use chancery_wire::{
    Position, Recorded,
    headers::{self, HeaderError},
};
use uuid::Uuid;

/// What arrived at a position.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// Nothing that is wanted lies between here and `position`.
    pub(crate) follows: Position,
    pub(crate) position: Position,
    pub(crate) what: Arrived,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "the large one is the common one")]
pub(crate) enum Arrived {
    /// An event and the log that it says it is of.
    Event(Uuid, Recorded),
    /// A message that is no event.
    Malformed(HeaderError),
    /// Nobody wants what is there.
    Nothing,
}

impl Arrival {
    /// `sequence` is the stream's own, which nobody who publishes can choose.
    pub(crate) fn read(follows: Position, sequence: u64, message: Message) -> Self {
        let position = Position::new(sequence);
        let message = message.message;
        let get =
            |name| message.headers.as_ref().and_then(|headers| headers.get(name)).map(HeaderValue::as_str);
        let what = match headers::decode(&message.subject, get, message.payload.clone()) {
            Ok((log_id, event)) if event.position == position => Arrived::Event(log_id, event),
            Ok(_) => Arrived::Malformed(HeaderError { name: "ce-sequence" }),
            Err(error) => Arrived::Malformed(error),
        };
        Self { follows, position, what }
    }
}
