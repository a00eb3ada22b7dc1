//! What the engine's tables say of the projections, for operators: read as the application, each answer in one snapshot
//! with the log's head. So it is true wherever it is asked, whether a worker lives or not: what a worker last said is
//! never taken for how things are.
//!
//! Invariant: nothing here writes. What operators want done is an event, which the engine carries out.

mod error;
mod words;

mod dead_letters;
mod facts;
mod projections;
mod rebuilds;
mod snapshot;
mod verifications;

pub use dead_letters::{DeadLetter, dead_letters};
pub use error::AdminError;
pub use facts::{Facts, KnownRebuild, Parked, exists, facts, is_carried_out, is_known};
pub use projections::{Audit, Build, Projection, Shard, projection, projections};
pub use rebuilds::{Rebuild, RebuildKey, rebuild, rebuilds};
pub use verifications::{Verification, verification};
pub use words::{
    Phase, ProjectionState, Promote, RebuildState, ShardState, VerificationState, WaitsFor, Wanted,
};

use crate::View;

/// The names of the projections that this process knows, and so are there even before they are built.
fn names() -> Vec<&'static str> {
    crate::all().into_iter().map(View::name).collect()
}
