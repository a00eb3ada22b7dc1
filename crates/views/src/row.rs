//! Parts that rows of several views share.

use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;

/// Who did it. A person's name is joined when it is read, and `forgotten` once it is gone; a token or the
/// system has an id and no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Who {
    pub id: String,
    pub name: Option<String>,
}

impl Who {
    pub(crate) fn from_row(row: &Row, id: &str, name: &str) -> Result<Self, Error> {
        Ok(Self { id: row.try_get(id)?, name: row.try_get(name)? })
    }
}

/// A tenant in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    pub tenant_id: u64,
    pub environment: String,
}

/// A column that is never negative.
pub(crate) fn number(row: &Row, column: &str) -> Result<u64, Error> {
    row.try_get::<_, i64>(column).map(i64::cast_unsigned)
}

/// A column that is never negative, where it has a value.
pub(crate) fn optional_number(row: &Row, column: &str) -> Result<Option<u64>, Error> {
    Ok(row.try_get::<_, Option<i64>>(column)?.map(i64::cast_unsigned))
}

/// Scopes as one parameter. As in OAuth (RFC 6749, section 3.3) they are joined by spaces, which no scope holds:
/// arrays of arrays have one width only.
pub(crate) fn joined(scopes: &[String]) -> String {
    scopes.join(" ")
}
