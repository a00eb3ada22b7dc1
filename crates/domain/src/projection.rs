//! What operators may have done to projections. How far it is done is no event, because a projection is derived: it
//! arrives as [`Facts`]. They may be older than the stream's state; what was asked since then counts as under way.

mod dead_letter;
mod rebuild;
mod switch;

pub use dead_letter::{DeadLetter, retry, skip};
pub use rebuild::{Rebuild, Stage, cancel_rebuild, pause_rebuild, rebuild, resume_rebuild};
pub use switch::{drop_build, promote, rollback};

use crate::{
    Decision, Event, ProjectionName, ProjectionOperated, ProjectionOperation as Operation, Reason, RebuildId,
    Refusal, Stamp, VerificationId,
};

/// What operators asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// How often they asked for anything: the number of the stream's events.
    asked: u64,
    paused: bool,
    /// The rebuild asked for last, and when: the how manieth event it was. So below.
    rebuild: Option<(RebuildId, u64)>,
    paused_rebuild: Option<RebuildId>,
    cancelled: Option<RebuildId>,
    promoted: Option<RebuildId>,
    /// When readers were last to be pointed elsewhere, or lost what they could be pointed back to.
    switched: u64,
    verified: u64,
    /// The parked event that was decided on last.
    decided: Option<(u64, Operation, u64)>,
}

impl State {
    /// Whether it applies nothing until it is resumed.
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// How many events the stream has.
    pub const fn asked(&self) -> u64 {
        self.asked
    }
}

/// What is known of the projection itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether there is a projection of this name.
    pub exists: bool,
    /// How many of the stream's events the rest of this knows of.
    pub carried_out: u64,
    /// The rebuild that was begun last, whoever asked for it.
    pub latest: Option<Rebuild>,
    /// The rebuild that the command names.
    pub named: Option<Rebuild>,
    /// Whether the build that was live before is still there.
    pub former_build: bool,
    pub verifying: bool,
    /// What is parked at the position that the command names.
    pub dead_letter: Option<DeadLetter>,
}

/// Folds one event of the projection's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, _stamp: &Stamp) -> State {
    let Event::ProjectionOperated(event) = event else { return state };
    let now = state.asked + 1;
    let state = State { asked: now, ..state };
    match event.operation {
        Operation::Pause => State { paused: true, ..state },
        Operation::Resume => State { paused: false, ..state },
        Operation::Rebuild { rebuild_id, .. } => State { rebuild: Some((rebuild_id, now)), ..state },
        Operation::Promote(rebuild_id) => State { promoted: Some(rebuild_id), switched: now, ..state },
        Operation::Rollback | Operation::DropBuild => State { switched: now, ..state },
        Operation::Verify(_) => State { verified: now, ..state },
        operation @ (Operation::Retry(position) | Operation::Skip(position)) => {
            State { decided: Some((position, operation, now)), ..state }
        }
        Operation::CancelRebuild(rebuild_id) => State { cancelled: Some(rebuild_id), ..state },
        Operation::PauseRebuild(rebuild_id) => State { paused_rebuild: Some(rebuild_id), ..state },
        Operation::ResumeRebuild { rebuild_id, .. } => {
            State { paused_rebuild: state.paused_rebuild.filter(|paused| *paused != rebuild_id), ..state }
        }
    }
}

/// What every command names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub projection: ProjectionName,
    /// Why; may be empty.
    pub reason: Reason,
}

impl Order {
    fn to(self, operation: Operation) -> Vec<Event> {
        let Self { projection, reason } = self;
        vec![ProjectionOperated { projection, operation, reason }.into()]
    }
}

/// Has the projection apply nothing until it is resumed. Reads go on, and fall behind.
pub fn pause(order: Order, state: &State, facts: &Facts) -> Decision {
    facts.check()?;
    if state.paused { Ok(Vec::new()) } else { Ok(order.to(Operation::Pause)) }
}

/// Has it go on.
pub fn resume(order: Order, state: &State, facts: &Facts) -> Decision {
    facts.check()?;
    if state.paused { Ok(order.to(Operation::Resume)) } else { Ok(Vec::new()) }
}

/// Has the log folded anew and compared with the live build.
pub fn verify(order: Order, verification_id: VerificationId, state: &State, facts: &Facts) -> Decision {
    facts.check()?;
    if facts.verifying || facts.lacks(state.verified) {
        return Err(Refusal::VerificationRunning);
    }
    Ok(order.to(Operation::Verify(verification_id)))
}

impl Facts {
    fn check(&self) -> Result<(), Refusal> {
        if self.exists { Ok(()) } else { Err(Refusal::ProjectionUnknown) }
    }

    /// Whether these know nothing yet of the event of this number.
    const fn lacks(&self, number: u64) -> bool {
        number > self.carried_out
    }
}
