//! The gate: the projection of the log that answers "may this call pass?" (rules 28 to 30), in memory.
//!
//! [`Gate::apply`] folds the log's events, in order; [`Gate::check`] decides one call on what was folded. Both are
//! pure but for the limiter's counters: no I/O, no clock. Time and verified claims arrive as data; what verifies them
//! stands beside the gate, in `verify`.
//!
//! Memory: 128 bytes for each connection that ever stood, its last four calls among them, and 11 to 21 for finding it.
//! One that makes more than four calls in its limit's period takes 8 for each, rounded up to a power of two (at the
//! default limit at most 512), and gives them back when others need more. `cargo xtask bench gate` measures it.

mod access;
mod aim;
mod apply;
mod apps;
mod call;
mod check;
mod connections;
mod cuts;
mod denial;
mod grants;
mod limits;
mod names;
mod router;
mod scopes;
mod snapshot;

pub mod door;
pub mod verify;

use chancery_wire::Position;

pub use access::{Access, Granted};
pub use aim::{Aim, AimedConnection, AimedOperation};
pub use apply::ApplyError;
pub use call::{Allowed, Call, Claims, Moment, RawClaims, TokenState};
pub use denial::{Denial, Held};
pub use limits::{Limit, Quota};
pub use names::{AppKey, ClientId};
pub use router::OperationKind;
pub use scopes::Scopes;
pub use snapshot::{Lines, Problem, Restore, RestoreError, Restored, Snapshot};

/// The table of all that decides a call, as of one position of the log.
#[derive(Debug, Default)]
pub struct Gate {
    position: Position,
    apps: apps::Apps,
    connections: connections::Connections,
    cuts: cuts::Cuts,
    names: scopes::Names,
    router: router::Router,
    limits: limits::Limits,
}

impl Gate {
    /// An empty gate: the log from its first event on is to be applied.
    pub fn new(settings: Settings) -> Self {
        Self { limits: limits::Limits::new(settings.limit_share), ..Self::default() }
    }

    /// The last event that was applied.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// How many connections it knows, ended ones included.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }
}

/// What one gate of several has to know about itself.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Its share of every limit, from above 0 to 1: limits are exact within one gate (rule 29).
    pub limit_share: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limit_share: 1.0 }
    }
}
