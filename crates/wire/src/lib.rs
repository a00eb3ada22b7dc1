//! What crosses a border between processes: the event messages of `proto/`, the envelope around them, NATS
//! subjects and headers, and the one encoding, canonical proto3 JSON.
//!
//! Invariant: nothing here performs I/O, and nothing here knows a rule of the domain.

pub mod audit;
mod event;
pub mod headers;
mod position;
mod recorded;
mod timestamp;
mod topology;
pub mod upcast;
pub mod usage;

/// The messages of `proto/chancery/v1`, generated.
#[allow(clippy::all, clippy::pedantic, missing_debug_implementations, reason = "generated code")]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/chancery.v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/chancery.v1.serde.rs"));
}

pub use event::{DecodeError, Event};
pub use position::Position;
pub use recorded::{Actor, Recorded};
pub use timestamp::ProtoTimestamp;
pub use topology::{Head, Topology};
