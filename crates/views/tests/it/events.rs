//! Events as fixtures: the shortest way to say what happened.

mod apps;
mod connections;
mod directory;
mod hub;
mod recorded;

use chancery_wire::ProtoTimestamp;
use uuid::Uuid;

pub use apps::*;
pub use connections::*;
pub use directory::*;
pub use hub::*;
pub use recorded::new_event;

/// The same number is the same id.
pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Seconds since 1970.
pub fn at(second: i64) -> ProtoTimestamp {
    jiff::Timestamp::from_second(second).unwrap().into()
}

pub fn scopes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("tn.{name}")).collect()
}
