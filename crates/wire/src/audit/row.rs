//! An event as the row that it is in the log.

use std::borrow::Cow;

use uuid::Uuid;

use super::{COLUMNS, Hash, LeafHasher};
use crate::Recorded;

/// The columns of one event, borrowed from where they were read; JSON's escapes may make a text of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    pub position: i64,
    pub event_id: Uuid,
    pub category: Cow<'a, str>,
    pub stream: Cow<'a, str>,
    pub version: i64,
    pub event_type: Cow<'a, str>,
    pub schema_version: i32,
    /// Microseconds since 1970, as exact as Postgres keeps them.
    pub recorded_at: i64,
    pub key_app: Option<Uuid>,
    pub key_tenant: Option<i64>,
    pub actor_kind: Cow<'a, str>,
    pub actor_id: Cow<'a, str>,
    pub command_id: Uuid,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
    pub traceparent: Option<Cow<'a, str>>,
    pub data: Cow<'a, [u8]>,
}

impl Row<'_> {
    /// The event's leaf in the audit tree.
    pub fn leaf(&self, hasher: &mut LeafHasher) -> Hash {
        self.envelope(self.recorded_at, |columns| hasher.hash(columns, &self.data))
    }

    /// Hands the envelope's columns to `take` as both leaves and Postgres encode them. They differ in what they count
    /// `recorded_at` from.
    pub fn envelope<T>(&self, recorded_at: i64, take: impl FnOnce([Option<&[u8]>; COLUMNS.len()]) -> T) -> T {
        take([
            Some(&self.position.to_be_bytes()),
            Some(self.event_id.as_bytes()),
            Some(self.category.as_bytes()),
            Some(self.stream.as_bytes()),
            Some(&self.version.to_be_bytes()),
            Some(self.event_type.as_bytes()),
            Some(&self.schema_version.to_be_bytes()),
            Some(&recorded_at.to_be_bytes()),
            self.key_app.as_ref().map(|id| &id.as_bytes()[..]),
            self.key_tenant.map(i64::to_be_bytes).as_ref().map(|tenant| &tenant[..]),
            Some(self.actor_kind.as_bytes()),
            Some(self.actor_id.as_bytes()),
            Some(self.command_id.as_bytes()),
            Some(self.correlation_id.as_bytes()),
            self.causation_id.as_ref().map(|id| &id.as_bytes()[..]),
            self.traceparent.as_ref().map(|text| text.as_bytes()),
        ])
    }
}

impl<'a> From<&'a Recorded> for Row<'a> {
    fn from(event: &'a Recorded) -> Self {
        Self {
            position: event.position.as_i64(),
            event_id: event.event_id,
            category: event.category.as_str().into(),
            stream: event.stream.as_str().into(),
            version: event.version.cast_signed(),
            event_type: event.event_type.as_str().into(),
            schema_version: event.schema_version.cast_signed(),
            recorded_at: event.recorded_at.as_microsecond(),
            key_app: event.key_app,
            key_tenant: event.key_tenant.map(u64::cast_signed),
            actor_kind: event.actor.kind.as_str().into(),
            actor_id: event.actor.id.as_str().into(),
            command_id: event.command_id,
            correlation_id: event.correlation_id,
            causation_id: event.causation_id,
            traceparent: event.traceparent.as_deref().map(Into::into),
            data: event.data.as_ref().into(),
        }
    }
}
