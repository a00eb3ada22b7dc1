//! The words that operators read, the same in JSON and in the tables.

use std::error::Error;

use serde::{Deserialize, Serialize};
use tokio_postgres::types::{FromSql, Type};
use utoipa::ToSchema;

crate::words::words! {
    /// How a projection is, seen from the log's head at the moment of the answer. The worst that is true is said.
    ProjectionState {
        /// It was never built.
        Absent = "absent",
        /// An operator paused it.
        Paused = "paused",
        /// Nobody works on some of its shards.
        Stopped = "stopped",
        /// Somebody works on it and does not get on: `last_error` says why.
        Failing = "failing",
        /// Somebody works on it, and the first event that it lacks is older than ten seconds.
        Lagging = "lagging",
        /// It is up to date, but events are parked or were skipped, or it differs from what the log says:
        /// `difference` says who found that.
        Degraded = "degraded",
        /// It is up to date, and all is well.
        Live = "live",
    }
    /// How a shard is.
    ShardState {
        Paused = "paused",
        /// Nobody holds it.
        Stopped = "stopped",
        /// Whoever holds it does not get on.
        Failing = "failing",
        /// The first event that it lacks is older than ten seconds.
        Lagging = "lagging",
        Live = "live",
    }
    /// What a build is for.
    Phase {
        /// It catches up with the log.
        Filling = "filling",
        /// It has caught up and is kept up.
        Following = "following",
        /// It was live, and stands still to be gone back to.
        Retired = "retired",
    }
    /// How far a rebuild is.
    RebuildState {
        /// Nobody has begun it.
        Requested = "requested",
        /// Its build is being filled.
        Filling = "filling",
        /// An operator holds it.
        Paused = "paused",
        /// It has caught up and waits: `waits_for` says what for.
        Ready = "ready",
        /// It has caught up and differs from the live build: an operator decides.
        Differs = "differs",
        /// Readers see it, or did before a later one.
        Promoted = "promoted",
        /// Readers saw it, and an operator went back to the build before it.
        RolledBack = "rolled_back",
        Cancelled = "cancelled",
        Failed = "failed",
    }
    /// What an operator has to do before a rebuild goes on.
    WaitsFor {
        /// Resume the rebuild, or cancel it.
        ResumeRebuild = "resume_rebuild",
        /// Resume the projection: a paused live build stands elsewhere than the new one, so that they cannot be compared. Or
        /// promote it uncompared.
        Resume = "resume",
        /// Promote the rebuild, or cancel it.
        Promote = "promote",
    }
    /// What a rebuild waits for once it has caught up.
    Promote {
        /// For the comparison: without a difference it is promoted by itself.
        IfEqual = "if_equal",
        /// For an operator.
        Manual = "manual",
        /// For nothing: an operator said so.
        Now = "now",
    }
    /// How far a verification is.
    VerificationState {
        Requested = "requested",
        Running = "running",
        /// The projection is what the log says.
        Equal = "equal",
        Differs = "differs",
        Failed = "failed",
    }
    /// What an operator wants done with a parked event.
    Wanted {
        Retry = "retry",
        Skip = "skip",
    }
}
