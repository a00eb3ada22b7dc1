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
    pub(crate) position: Position,
    /// The event and the log that it says it is of.
    pub(crate) event: Result<(Uuid, Recorded), HeaderError>,
}

impl Arrival {
    /// `sequence` is the stream's own, which nobody who publishes can choose.
    pub(crate) fn read(sequence: u64, message: Message) -> Self {
        let position = Position::new(sequence);
        let message = message.message;
        let get =
            |name| message.headers.as_ref().and_then(|headers| headers.get(name)).map(HeaderValue::as_str);
        let event = headers::decode(&message.subject, get, message.payload.clone());
        let event = event.and_then(|(log_id, event)| {
            if event.position == position {
                Ok((log_id, event))
            } else {
                Err(HeaderError { name: "ce-sequence" })
            }
        });
        Self { position, event }
    }
}
