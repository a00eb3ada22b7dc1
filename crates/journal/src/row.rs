//! A row of `events` as [`Recorded`].

use bytes::Bytes;
use chancery_wire::{Actor, Position, Recorded};
use tokio_postgres::{
    Row,
    types::{FromSql, Type},
};
use uuid::Uuid;

/// The columns that [`recorded`] expects, in its order.
pub const COLUMNS: &str = "position, event_id, category, stream, version, type, schema_version, recorded_at, \
                           key_app, key_tenant, actor_kind, actor_id, command_id, correlation_id, causation_id, \
                           traceparent, data";

/// What a row of a view is made of, in [`folded`]'s order. A row of it costs the server six tenths of a whole one.
pub const FOLDED: &str =
    "position, event_id, version, type, schema_version, recorded_at, key_app, actor_kind, actor_id, data";

/// An event from a row of [`COLUMNS`].
pub fn recorded(row: &Row) -> Recorded {
    Recorded {
        position: Position::from_i64(row.get(0)),
        event_id: row.get(1),
        category: row.get(2),
        stream: row.get(3),
        version: row.get::<_, i64>(4).cast_unsigned(),
        event_type: row.get(5),
        schema_version: row.get::<_, i32>(6).cast_unsigned(),
        recorded_at: row.get(7),
        key_app: row.get(8),
        key_tenant: row.get::<_, Option<i64>>(9).map(i64::cast_unsigned),
        actor: Actor { kind: row.get(10), id: row.get(11) },
        command_id: row.get(12),
        correlation_id: row.get(13),
        causation_id: row.get(14),
        traceparent: row.get(15),
        data: data(row, 16),
    }
}

/// An event from a row of [`FOLDED`]: of no stream, about no tenant, and as if nothing had led to it.
pub fn folded(row: &Row) -> Recorded {
    Recorded {
        position: Position::from_i64(row.get(0)),
        event_id: row.get(1),
        category: String::new(),
        stream: String::new(),
        version: row.get::<_, i64>(2).cast_unsigned(),
        event_type: row.get(3),
        schema_version: row.get::<_, i32>(4).cast_unsigned(),
        recorded_at: row.get(5),
        key_app: row.get(6),
        key_tenant: None,
        actor: Actor { kind: row.get(7), id: row.get(8) },
        command_id: Uuid::nil(),
        correlation_id: Uuid::nil(),
        causation_id: None,
        traceparent: None,
        data: data(row, 9),
    }
}

fn data(row: &Row, at: usize) -> Bytes {
    Bytes::copy_from_slice(row.get::<_, JsonBytes<'_>>(at).0)
}

/// The bytes of a `json` value, unparsed.
struct JsonBytes<'a>(&'a [u8]);

impl<'a> FromSql<'a> for JsonBytes<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON
    }
}
