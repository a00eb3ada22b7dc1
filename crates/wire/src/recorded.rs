//! An event as the log holds it.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{DecodeError, Event, Position};

/// Who did it: a kind (`person`, `token`, `system`) and an opaque id. Never a name (DESIGN §3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    pub kind: String,
    pub id: String,
}

/// One event of the log: the envelope's columns, then the data, byte for byte as committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub position: Position,
    pub event_id: Uuid,
    pub category: String,
    pub stream: String,
    /// The place in the stream, from 1.
    pub version: u64,
    pub event_type: String,
    pub schema_version: u32,
    pub recorded_at: Timestamp,
    /// The app that the event names.
    pub key_app: Option<Uuid>,
    /// The tenant that the event names.
    pub key_tenant: Option<u64>,
    pub actor: Actor,
    pub command_id: Uuid,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
    /// W3C trace context of the command.
    pub traceparent: Option<String>,
    /// Proto3 JSON of the message that `event_type` names.
    pub data: Bytes,
}

impl Recorded {
    /// The event's message.
    pub fn decode(&self) -> Result<Event, DecodeError> {
        Event::decode(&self.event_type, self.schema_version, &self.data)
    }
}
