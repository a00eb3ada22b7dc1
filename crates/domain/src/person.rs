//! People whom the log names by opaque ids. Their names and addresses stand outside of it; here stands that they
//! were deleted there (DESIGN §3).

use crate::{Decision, Event, PersonForgotten, PersonId, Stamp};

/// Whether the person was forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Also a person of whom nobody has heard.
    #[default]
    Remembered,
    Forgotten(Stamp),
}

/// Folds one event of the person's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (State::Remembered, Event::PersonForgotten(_)) => State::Forgotten(stamp.clone()),
        (state, _) => state,
    }
}

/// Records that the person's name and address are deleted; forgetting again changes nothing.
pub fn forget(person_id: PersonId, state: &State) -> Decision {
    match state {
        State::Remembered => Ok(vec![PersonForgotten { person_id }.into()]),
        State::Forgotten(_) => Ok(Vec::new()),
    }
}
