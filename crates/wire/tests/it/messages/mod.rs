//! Every event's message, with every field set, and with no more than it needs. The corpus holds their bytes.

mod apps;
mod connections;
mod networks;
mod owners;

use chancery_wire::{Event, ProtoTimestamp};
use jiff::Timestamp;

pub use connections::{at_first, shared};
pub use owners::of_reports;

/// One message of each type, every field set.
pub fn full() -> Vec<Event> {
    [owners::full(), apps::full(), connections::full(), networks::full()].concat()
}

/// The least that a message of a type says, where that is less than all.
pub fn minimal() -> Vec<Event> {
    [owners::minimal(), apps::minimal(), connections::minimal()].concat()
}

fn environment() -> String {
    "production".into()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn id(number: u8) -> String {
    format!("0198f2a0-0000-7000-8000-0000000000{number:02x}")
}

fn time(nanosecond: i128) -> ProtoTimestamp {
    Timestamp::from_nanosecond(nanosecond).unwrap().into()
}
