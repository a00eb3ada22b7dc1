//! Commands for tests to build: `command().writes("a", 0, 2).guards("b", 1)`.

use chancery_journal::{Append, NewEvent, Touch, Unless};
use chancery_wire::{Actor, Position};
use uuid::Uuid;

/// A command that changes nothing, with a fresh id.
pub(crate) fn command() -> Append {
    Append {
        command_id: Uuid::now_v7(),
        request_hash: [7; 32],
        status: 201,
        answer: r#"{"done":true}"#.into(),
        actor: Actor { kind: "person".into(), id: "p1".into() },
        correlation_id: Uuid::now_v7(),
        causation_id: None,
        traceparent: None,
        touches: Vec::new(),
        unless: Vec::new(),
        events: Vec::new(),
    }
}

pub(crate) trait Compose {
    /// Expects the stream at that version and appends that many events to it.
    fn writes(self, stream: &str, version: u64, events: usize) -> Self;
    /// Expects the stream at that version.
    fn guards(self, stream: &str, version: u64) -> Self;
    /// Expects that no `ScopesEdited` about the app stands after the position.
    fn unless(self, app: Uuid, after: u64) -> Self;
    /// Expects an empty stream and appends one event with this data to it.
    fn says(self, stream: &str, data: &str) -> Self;
}

impl Compose for Append {
    fn writes(mut self, stream: &str, version: u64, events: usize) -> Self {
        self.events.extend((0..events).map(|number| event(stream, format!(r#"{{"number":{number}}}"#))));
        self.guards(stream, version)
    }

    fn guards(mut self, stream: &str, version: u64) -> Self {
        self.touches.push(Touch { stream: stream.into(), version });
        self
    }

    fn unless(mut self, app: Uuid, after: u64) -> Self {
        let after = Position::new(after);
        self.unless.push(Unless { key_app: app, event_types: &["ScopesEdited"], after });
        self
    }

    fn says(mut self, stream: &str, data: &str) -> Self {
        self.events.push(event(stream, data.into()));
        self.guards(stream, 0)
    }
}

pub(crate) fn event(stream: &str, data: String) -> NewEvent {
    NewEvent {
        event_id: Uuid::now_v7(),
        category: "app",
        stream: stream.into(),
        event_type: "ScopesEdited",
        schema_version: 1,
        key_app: None,
        key_tenant: None,
        data,
    }
}
