//! Events that could not be applied.

use super::{Facts, Order, State};
use crate::{Decision, ProjectionOperation as Operation, Refusal};

/// A parked event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadLetter {
    /// The event of the same key that failed, where this one only waits behind it.
    pub waits_for: Option<u64>,
}

/// Tries to apply it again.
pub fn retry(order: Order, position: u64, state: &State, facts: &Facts) -> Decision {
    decide(order, position, Operation::Retry(position), state, facts)
}

/// Leaves it out. That is for ever in this build, so that it needs a reason.
pub fn skip(order: Order, position: u64, state: &State, facts: &Facts) -> Decision {
    facts.check()?;
    if order.reason.as_str().is_empty() {
        return Err(Refusal::SkipReasonMissing);
    }
    decide(order, position, Operation::Skip(position), state, facts)
}

fn decide(order: Order, position: u64, operation: Operation, state: &State, facts: &Facts) -> Decision {
    facts.check()?;
    match facts.dead_letter {
        None => Err(Refusal::DeadLetterUnknown),
        Some(DeadLetter { waits_for: Some(position) }) => Err(Refusal::DeadLetterWaits { position }),
        Some(DeadLetter { waits_for: None }) => match state.decided {
            Some((of, same, number)) if of == position && same == operation && facts.lacks(number) => {
                Ok(Vec::new())
            }
            _ => Ok(order.to(operation)),
        },
    }
}
