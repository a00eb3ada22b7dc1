//! Which build readers are pointed at.

use super::{Facts, Order, Stage, State, rebuild::open};
use crate::{Decision, ProjectionOperation as Operation, Refusal};

/// Points readers at the build of the rebuild that has caught up. Doing so again changes nothing.
pub fn promote(order: Order, state: &State, facts: &Facts) -> Decision {
    facts.check()?;
    match open(state, facts) {
        Some(rebuild) if state.promoted == Some(rebuild.rebuild_id) => Ok(Vec::new()),
        Some(rebuild) if rebuild.stage == Stage::CaughtUp => {
            Ok(order.to(Operation::Promote(rebuild.rebuild_id)))
        }
        Some(rebuild) => Err(Refusal::RebuildNotReady { rebuild_id: rebuild.rebuild_id }),
        None if facts.latest.is_some_and(|latest| latest.stage == Stage::Promoted) => Ok(Vec::new()),
        None => Err(Refusal::NothingToPromote),
    }
}

/// Points readers back at the build that was live before. Once more points them forth again, so that one who asks twice
/// in a hurry is refused.
pub fn rollback(order: Order, state: &State, facts: &Facts) -> Decision {
    former_build(state, facts)?;
    Ok(order.to(Operation::Rollback))
}

/// Drops the build that was live before.
pub fn drop_build(order: Order, state: &State, facts: &Facts) -> Decision {
    former_build(state, facts)?;
    Ok(order.to(Operation::DropBuild))
}

fn former_build(state: &State, facts: &Facts) -> Result<(), Refusal> {
    facts.check()?;
    if facts.lacks(state.switched) {
        return Err(Refusal::SwitchRunning);
    }
    if facts.former_build { Ok(()) } else { Err(Refusal::NoFormerBuild) }
}
