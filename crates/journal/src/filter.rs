//! Selecting events by the envelope's columns.

use chancery_wire::Position;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Every given column must match; an empty filter matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub stream: Option<String>,
    pub category: Option<String>,
    pub event_type: Option<String>,
    pub app: Option<Uuid>,
    pub tenant: Option<i64>,
    pub actor: Option<String>,
    pub correlation: Option<Uuid>,
    /// No event after this position.
    pub through: Option<Position>,
}

/// A column that a filter gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) column: &'static str,
    pub(crate) value: &'a (dyn ToSql + Sync),
    /// What `index_events` calls it, and its type. A stream has an index of its own.
    pub(crate) key: Option<(&'static str, &'static str)>,
}

impl Filter {
    /// True where nothing is filtered.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The columns that are given, those that few events share before those that many do.
    pub(crate) fn given(&self) -> Vec<Given<'_>> {
        fn given<'a>(
            column: &'static str,
            value: Option<&'a (dyn ToSql + Sync)>,
            key: Option<(&'static str, &'static str)>,
        ) -> Option<Given<'a>> {
            value.map(|value| Given { column, value, key })
        }
        let Self { stream, category, event_type, app, tenant, actor, correlation, through: _ } = self;
        [
            given("stream", stream.as_ref().map(|value| value as _), None),
            given(
                "correlation_id",
                correlation.as_ref().map(|value| value as _),
                Some(("correlation", "uuid")),
            ),
            given("key_app", app.as_ref().map(|value| value as _), Some(("app", "uuid"))),
            given("key_tenant", tenant.as_ref().map(|value| value as _), Some(("tenant", "bigint"))),
            given("actor_id", actor.as_ref().map(|value| value as _), Some(("actor", "text"))),
            given("type", event_type.as_ref().map(|value| value as _), Some(("type", "text"))),
            given("category", category.as_ref().map(|value| value as _), Some(("category", "text"))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
