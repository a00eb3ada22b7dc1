//! An event as a row, borrowed from where it was read.

use std::borrow::Cow;

use chancery_wire::audit::{Hash, LeafHasher};
use uuid::Uuid;

/// The envelope's columns in their order (DESIGN §3), then the data: as the log, an export and a leaf hash have them.
pub(crate) const COLUMNS: [&str; 17] = [
    "position",
    "event_id",
    "category",
    "stream",
    "version",
    "type",
    "schema_version",
    "recorded_at",
    "key_app",
    "key_tenant",
    "actor_kind",
    "actor_id",
    "command_id",
    "correlation_id",
    "causation_id",
    "traceparent",
    "data",
];

/// One event. What Postgres and CSV have is borrowed; JSON's escapes may make a text of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    pub(crate) position: i64,
    pub(crate) event_id: Uuid,
    pub(crate) category: Cow<'a, str>,
    pub(crate) stream: Cow<'a, str>,
    pub(crate) version: i64,
    pub(crate) event_type: Cow<'a, str>,
    pub(crate) schema_version: i32,
    /// Microseconds since 1970, as exact as Postgres keeps them.
    pub(crate) recorded_at: i64,
    pub(crate) key_app: Option<Uuid>,
    pub(crate) key_tenant: Option<i64>,
    pub(crate) actor_kind: Cow<'a, str>,
    pub(crate) actor_id: Cow<'a, str>,
    pub(crate) command_id: Uuid,
    pub(crate) correlation_id: Uuid,
    pub(crate) causation_id: Option<Uuid>,
    pub(crate) traceparent: Option<Cow<'a, str>>,
    pub(crate) data: Cow<'a, [u8]>,
}

impl Row<'_> {
    /// The event's leaf in the audit tree.
    pub(crate) fn leaf(&self, hasher: &mut LeafHasher) -> Hash {
        let (position, version) = (self.position.to_be_bytes(), self.version.to_be_bytes());
        let (schema_version, recorded_at) =
            (self.schema_version.to_be_bytes(), self.recorded_at.to_be_bytes());
        let key_tenant = self.key_tenant.map(i64::to_be_bytes);
        let columns: [Option<&[u8]>; 16] = [
            Some(&position),
            Some(self.event_id.as_bytes()),
            Some(self.category.as_bytes()),
            Some(self.stream.as_bytes()),
            Some(&version),
            Some(self.event_type.as_bytes()),
            Some(&schema_version),
            Some(&recorded_at),
            self.key_app.as_ref().map(|id| &id.as_bytes()[..]),
            key_tenant.as_ref().map(|id| &id[..]),
            Some(self.actor_kind.as_bytes()),
            Some(self.actor_id.as_bytes()),
            Some(self.command_id.as_bytes()),
            Some(self.correlation_id.as_bytes()),
            self.causation_id.as_ref().map(|id| &id.as_bytes()[..]),
            self.traceparent.as_ref().map(|text| text.as_bytes()),
        ];
        hasher.hash(columns, &self.data)
    }
}
