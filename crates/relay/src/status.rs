//! How a relay is doing, for `/readyz` and metrics.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use chancery_wire::Position;

use crate::Refusal;

/// What a relay does at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It has not looked at the stream yet.
    Starting,
    /// It publishes what the log gains.
    Publishing {
        /// The last acknowledged event.
        position: Position,
        /// How many events of the log follow it.
        lag: u64,
    },
    /// Another relay publishes; this one takes over when that one stops.
    Standby,
    /// It waits for a server to come back. Commands do not notice.
    Disconnected(Dependency),
    /// It publishes nothing until somebody acts.
    Refused(Refusal),
}

/// What a relay cannot work without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependency {
    Nats,
    Log,
}

impl Status {
    /// A stable name, for metrics and scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Publishing { .. } => "publishing",
            Self::Standby => "standby",
            Self::Disconnected(Dependency::Nats) => "nats_unreachable",
            Self::Disconnected(Dependency::Log) => "log_unreachable",
            Self::Refused(refusal) => refusal.code(),
        }
    }

    /// Whether the log's events get out, by this relay or by another.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Publishing { .. } | Self::Standby)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("the stream has not been looked at yet"),
            Self::Publishing { position, lag } => write!(f, "published up to {position}, {lag} to go"),
            Self::Standby => f.write_str("another relay publishes"),
            Self::Disconnected(Dependency::Nats) => {
                f.write_str("NATS is away; publishing goes on when it is back")
            }
            Self::Disconnected(Dependency::Log) => {
                f.write_str("the log's database is away; publishing goes on when it is back")
            }
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

/// Counters of a relay since it was made.
#[derive(Debug, Default)]
pub struct Stats {
    published: AtomicU64,
    position: AtomicU64,
    conflicts: AtomicU64,
}

impl Stats {
    /// Events whose publication by this relay was acknowledged.
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// The last event that this relay knows to be in the stream.
    pub fn position(&self) -> Position {
        Position::new(self.position.load(Ordering::Relaxed))
    }

    /// How often the stream was not where this relay expected it.
    pub fn conflicts(&self) -> u64 {
        self.conflicts.load(Ordering::Relaxed)
    }

    pub(crate) fn count_published(&self, events: u64, position: Position) {
        self.published.fetch_add(events, Ordering::Relaxed);
        self.found(position);
    }

    pub(crate) fn found(&self, position: Position) {
        self.position.store(position.get(), Ordering::Relaxed);
    }

    pub(crate) fn count_conflict(&self) {
        self.conflicts.fetch_add(1, Ordering::Relaxed);
    }
}
