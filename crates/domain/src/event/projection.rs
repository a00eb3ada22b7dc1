//! Events of projections.

use crate::{EventsPerSecond, ProjectionName, Reason, RebuildId, VerificationId};

/// An operator had something done to a projection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectionOperated {
    pub projection: ProjectionName,
    pub operation: ProjectionOperation,
    /// Why; may be empty.
    pub reason: Reason,
}

/// What an operator wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectionOperation {
    /// Apply nothing until it is resumed.
    Pause,
    Resume,
    /// Fill another build from the log, beside the live one.
    Rebuild {
        rebuild_id: RebuildId,
        /// None: as fast as it goes.
        events_per_second: Option<EventsPerSecond>,
        promote: Promotion,
    },
    /// Point readers at the rebuild's build.
    Promote(RebuildId),
    /// Point readers at the build that was live before.
    Rollback,
    /// Fold the log anew and compare it with the live build.
    Verify(VerificationId),
    /// Try to apply the parked event at this position again, and those that wait behind it.
    Retry(u64),
    /// Leave the parked event at this position out, and apply those that wait behind it.
    Skip(u64),
    /// Give a rebuild up and drop what it filled.
    CancelRebuild(RebuildId),
    PauseRebuild(RebuildId),
    ResumeRebuild {
        rebuild_id: RebuildId,
        /// None: as fast as before.
        events_per_second: Option<EventsPerSecond>,
    },
    /// Drop the build that was live before.
    DropBuild,
}

/// When a rebuild is promoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promotion {
    /// By itself, once it has caught up, where the comparison with the live build finds no difference.
    IfEqual,
    /// When an operator says so.
    Manual,
}
