//! An event as a row, borrowed from where it was read.

use std::borrow::Cow;

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
