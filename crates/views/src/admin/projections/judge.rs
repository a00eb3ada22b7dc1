//! How a projection is, from what is known of it at this moment.

use super::{Projection, ProjectionState, Shard, ShardState};

/// A shard that lacks an event for longer does not keep up. A worker that was killed is replaced sooner.
const LAGGING_SECONDS: f64 = 10.0;

/// How a shard is that no operator paused. `held`: by a worker that is there.
pub(super) fn shard(shard: &Shard, held: bool) -> ShardState {
    if !held {
        ShardState::Stopped
    } else if shard.last_error.is_some() {
        ShardState::Failing
    } else if shard.lag_seconds > LAGGING_SECONDS {
        ShardState::Lagging
    } else {
        ShardState::Live
    }
}

/// The worst that is true of it.
pub(super) fn state(projection: &Projection, paused: bool) -> ProjectionState {
    let any = |state| projection.shards.iter().any(|shard| shard.state == state);
    if projection.version.is_none() {
        ProjectionState::Absent
    } else if paused {
        ProjectionState::Paused
    } else if any(ShardState::Stopped) || projection.shards.is_empty() {
        ProjectionState::Stopped
    } else if any(ShardState::Failing) {
        ProjectionState::Failing
    } else if any(ShardState::Lagging) {
        ProjectionState::Lagging
    } else if projection.parked > 0 || projection.skipped > 0 || projection.difference.is_some() {
        ProjectionState::Degraded
    } else {
        ProjectionState::Live
    }
}

/// What the shard that failed last said.
pub(super) fn last_error(shards: &[Shard]) -> Option<String> {
    let failed = shards.iter().filter(|shard| shard.last_error.is_some());
    let last = failed.max_by_key(|shard| shard.failed_at)?;
    last.last_error.as_ref().map(|error| format!("shard {}: {error}", last.shard))
}

/// How fast all of it goes on. Every shard goes through the whole log.
pub(super) fn rate(shards: &[Shard]) -> f64 {
    shards.iter().map(|shard| shard.rate).reduce(f64::min).unwrap_or(0.0)
}
