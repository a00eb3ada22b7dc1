//! Rebuilds: another build is filled from the log beside the live one. One at a time.

use super::{Facts, Order, State};
use crate::{Decision, EventsPerSecond, ProjectionOperation as Operation, Promotion, RebuildId, Refusal};

/// A rebuild, as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuild {
    pub rebuild_id: RebuildId,
    pub stage: Stage,
}

/// How far a rebuild is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It is read from the log, or held.
    Filling,
    /// It is complete and kept up, and waits for an operator.
    CaughtUp,
    Promoted,
    /// Cancelled, failed, or rolled back.
    Over,
}

/// Fills another build.
pub fn rebuild(
    order: Order,
    rebuild_id: RebuildId,
    events_per_second: Option<EventsPerSecond>,
    promote: Promotion,
    state: &State,
    facts: &Facts,
) -> Decision {
    facts.check()?;
    if let Some(rebuild_id) = open(state, facts).map(|rebuild| rebuild.rebuild_id) {
        return Err(Refusal::RebuildRunning { rebuild_id });
    }
    Ok(order.to(Operation::Rebuild { rebuild_id, events_per_second, promote }))
}

/// Gives a rebuild up, as long as it is not promoted.
pub fn cancel_rebuild(order: Order, rebuild_id: RebuildId, state: &State, facts: &Facts) -> Decision {
    let at = named(rebuild_id, state, facts)?;
    if state.cancelled == Some(rebuild_id) {
        return Ok(Vec::new());
    }
    match at {
        Stage::Filling | Stage::CaughtUp => Ok(order.to(Operation::CancelRebuild(rebuild_id))),
        Stage::Promoted | Stage::Over => Err(Refusal::RebuildOver),
    }
}

/// Holds a rebuild where it is.
pub fn pause_rebuild(order: Order, rebuild_id: RebuildId, state: &State, facts: &Facts) -> Decision {
    match named(rebuild_id, state, facts)? {
        Stage::Filling if state.paused_rebuild == Some(rebuild_id) => Ok(Vec::new()),
        Stage::Filling => Ok(order.to(Operation::PauseRebuild(rebuild_id))),
        Stage::CaughtUp => Err(Refusal::RebuildCaughtUp),
        Stage::Promoted | Stage::Over => Err(Refusal::RebuildOver),
    }
}

/// Has it go on, perhaps at another pace. One that goes on already gets the pace.
pub fn resume_rebuild(
    order: Order,
    rebuild_id: RebuildId,
    events_per_second: Option<EventsPerSecond>,
    state: &State,
    facts: &Facts,
) -> Decision {
    match named(rebuild_id, state, facts)? {
        Stage::Filling if state.paused_rebuild == Some(rebuild_id) || events_per_second.is_some() => {
            Ok(order.to(Operation::ResumeRebuild { rebuild_id, events_per_second }))
        }
        Stage::Filling | Stage::CaughtUp => Ok(Vec::new()),
        Stage::Promoted | Stage::Over => Err(Refusal::RebuildOver),
    }
}

/// The rebuild that is under way or waits for an operator.
pub(super) fn open(state: &State, facts: &Facts) -> Option<Rebuild> {
    let asked = state.rebuild.filter(|(_, number)| facts.lacks(*number));
    let asked = asked.map(|(rebuild_id, _)| Rebuild { rebuild_id, stage: Stage::Filling });
    let is_open = |rebuild: &Rebuild| {
        matches!(rebuild.stage, Stage::Filling | Stage::CaughtUp)
            && state.cancelled != Some(rebuild.rebuild_id)
    };
    asked.or(facts.latest).filter(is_open)
}

fn named(rebuild_id: RebuildId, state: &State, facts: &Facts) -> Result<Stage, Refusal> {
    facts.check()?;
    match (facts.named, state.rebuild) {
        (Some(named), _) if named.rebuild_id == rebuild_id => {
            let ends = matches!(named.stage, Stage::Filling | Stage::CaughtUp)
                && state.promoted == Some(rebuild_id)
                && facts.lacks(state.switched);
            Ok(if ends { Stage::Promoted } else { named.stage })
        }
        (_, Some((asked, number))) if asked == rebuild_id && facts.lacks(number) => Ok(Stage::Filling),
        _ => Err(Refusal::RebuildUnknown),
    }
}
