//! A command on its way into the log, and what became of it.

use std::collections::HashSet;

use chancery_wire::{Actor, Position};
use jiff::Timestamp;
use uuid::Uuid;

/// One command: what it read, what it writes, and the answer that a retry will get.
#[derive(Debug, Clone)]
pub struct Append {
    /// Unique for the log's life.
    pub command_id: Uuid,
    /// SHA-256 of the request.
    pub request_hash: [u8; 32],
    /// HTTP status of the answer.
    pub status: u16,
    /// Body of the answer, without any secret.
    pub answer: String,
    pub actor: Actor,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
    pub traceparent: Option<String>,
    /// Every stream that the command wrote or only read, once, with the version it was decided on.
    pub touches: Vec<Touch>,
    /// What else must not have happened since the command was decided.
    pub unless: Vec<Unless>,
    /// In the order of the log. Each one's stream stands in `touches`.
    pub events: Vec<NewEvent>,
}

/// A stream and the version that it must still have. A stream that has no event is at version 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    pub stream: String,
    pub version: u64,
}

/// Events that a decision knows the absence of, where no stream's version says it: none of these types about the app
/// stands after the position. Where more than 10,000 events do, it counts as broken unread: the decision is too old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unless {
    pub key_app: Uuid,
    pub event_types: &'static [&'static str],
    pub after: Position,
}

/// An event to append. Its version follows from the stream's [`Touch`].
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub event_id: Uuid,
    pub category: &'static str,
    pub stream: String,
    pub event_type: &'static str,
    pub schema_version: u32,
    pub key_app: Option<Uuid>,
    pub key_tenant: Option<u64>,
    /// Proto3 JSON.
    pub data: String,
}

/// Where an accepted command's events stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The command's last event; the head, where it changed nothing.
    pub position: Position,
    pub recorded_at: Timestamp,
}

impl Append {
    /// Whether `touches` says of each stream once at which version it must be, also of every stream written, and
    /// says anything where there is a condition besides.
    pub(crate) fn touches_each_stream_once(&self) -> bool {
        let touched: HashSet<&str> = self.touches.iter().map(|touch| touch.stream.as_str()).collect();
        touched.len() == self.touches.len()
            && (self.unless.is_empty() || !touched.is_empty())
            && self.events.iter().all(|event| touched.contains(event.stream.as_str()))
    }
}

/// What the log said of one command of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accepted(Appended),
    /// The command's id stands in the log.
    Seen,
    /// What the command was decided on has changed.
    Stale,
}
