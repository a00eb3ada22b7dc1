//! Attempts at customer tunneling (rule 2), recorded once for each organization, instance and day. Every attempt is
//! refused by [`crate::app::create`]; this is the platform's memory of it.

use crate::{Day, Decision, Event, Instance, OrganizationId, Stamp, TunnelingBlocked};

/// Whether there was such an attempt on that day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Unrecorded,
    Recorded(Stamp),
}

/// Folds one event of the attempt's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (State::Unrecorded, Event::TunnelingBlocked(_)) => State::Recorded(stamp.clone()),
        (state, _) => state,
    }
}

/// An attempt that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Who tried.
    pub organization_id: OrganizationId,
    /// What the attempt named, whether it exists or not.
    pub instance: Instance,
    /// In UTC.
    pub day: Day,
}

/// Records the first attempt of the day; further ones change nothing.
pub fn record(attempt: Attempt, state: &State) -> Decision {
    match state {
        State::Recorded(_) => Ok(Vec::new()),
        State::Unrecorded => {
            let Attempt { organization_id, instance: Instance { tenant_id, environment }, day } = attempt;
            Ok(vec![TunnelingBlocked { organization_id, tenant_id, environment, day }.into()])
        }
    }
}
