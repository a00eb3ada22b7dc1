//! Selecting events by the envelope's columns.

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
}

impl Filter {
    /// True where nothing is filtered.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `AND column = $n` for each given column, numbered after the parameters that stand already.
    pub(crate) fn conditions<'a>(&'a self, parameters: &mut Vec<&'a (dyn ToSql + Sync)>) -> String {
        let mut sql = String::new();
        let mut condition = |column: &str, value: Option<&'a (dyn ToSql + Sync)>| {
            if let Some(value) = value {
                parameters.push(value);
                sql.push_str(" AND ");
                sql.push_str(column);
                sql.push_str(" = $");
                sql.push_str(&parameters.len().to_string());
            }
        };
        condition("stream", self.stream.as_ref().map(|value| value as _));
        condition("category", self.category.as_ref().map(|value| value as _));
        condition("type", self.event_type.as_ref().map(|value| value as _));
        condition("key_app", self.app.as_ref().map(|value| value as _));
        condition("key_tenant", self.tenant.as_ref().map(|value| value as _));
        condition("actor_id", self.actor.as_ref().map(|value| value as _));
        sql
    }
}
