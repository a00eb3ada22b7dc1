//! What of an answer is not up to date, because events of its keys are parked.

use std::fmt;

use chancery_wire::Position;
use tokio_postgres::{Client, Error};
use uuid::Uuid;

const PARKED: &str = include_str!("parked.sql");

/// What events of a view belong to, as [`crate::KeyedBy`] names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    App(Uuid),
    AccessRequest(Uuid),
    Catalog,
    Group(Uuid),
    Network(Uuid),
    Organization(Uuid),
    Tenant(u64),
    Token(Uuid),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(id) => write!(f, "app-{id}"),
            Self::AccessRequest(id) => write!(f, "access-{id}"),
            Self::Catalog => f.write_str("catalog"),
            Self::Group(id) => write!(f, "group-{id}"),
            Self::Network(id) => write!(f, "network-{id}"),
            Self::Organization(id) => write!(f, "organization-{id}"),
            Self::Tenant(id) => write!(f, "tenant-{id}"),
            Self::Token(id) => write!(f, "token-{id}"),
        }
    }
}

/// An item of an answer says which keys it is made of. Asked only while anything is parked.
pub(crate) trait Keyed {
    fn keys(&self) -> Vec<Key>;
}

/// The first event that is parked of any of `keys`, in the build `schema_name`.
pub(crate) async fn first(
    client: &Client,
    schema_name: &str,
    keys: &[Key],
) -> Result<Option<(String, Position)>, Error> {
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let row = client.query_opt(PARKED, &[&schema_name, &keys]).await?;
    Ok(row.map(|row| (row.get(0), Position::from_i64(row.get(1)))))
}
