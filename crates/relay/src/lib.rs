//! Publishes the journal to JetStream, so that the stream's sequence is the log's position.
//!
//! NATS is never the truth and never trusted. Every message states the sequence it must follow
//! (`Nats-Expected-Last-Sequence`), so a second relay, a retry or a zombie can neither duplicate nor reorder, and
//! at start and after anything unexpected the relay compares the stream's last message with the log's event at
//! that position before it goes on. A stream that lost its tail is refilled; one that is not this log's is left
//! alone and reported, until an operator resets it.
//!
//! Invariants: the relay decodes no event's data, keeps no state of its own, and may be dropped at any await.

mod admin;
mod announce;
mod error;
mod inspect;
mod message;
mod refusal;
mod relay;
mod session;
mod settings;
mod status;
mod stream;

pub use admin::{StatusReport, reset, status};
pub use error::RelayError;
pub use inspect::{LEAST_PAYLOAD, OLDEST_SERVER};
pub use refusal::Refusal;
pub use relay::Relay;
pub use settings::Settings;
pub use status::{Dependency, Stats, Status};
