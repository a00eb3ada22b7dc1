//! What arrived, put in order: the place where an event is neither handed out twice nor left out. No I/O, so that it
//! can be tried with every order of arrivals.

use std::collections::VecDeque;

use chancery_wire::{Position, headers::HeaderError};
use uuid::Uuid;

use crate::{
    Batch,
    arrival::{Arrival, Arrived},
};

/// What was handed out, and what waits to be.
#[derive(Debug)]
pub(crate) struct Order {
    /// Nothing that is wanted up to here was not handed out.
    position: Position,
    log_id: Option<Uuid>,
    /// What arrived and was not handed out.
    held: VecDeque<Arrival>,
}

/// What to do next.
#[derive(Debug)]
pub(crate) enum Step {
    HandOut(Batch),
    /// So many positions are missing before what arrived at `next`.
    Fill {
        missing: u64,
        next: Position,
    },
    Wait,
}

/// Something is of another log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OtherLog {
    pub(crate) expected: Uuid,
    pub(crate) found: Uuid,
}

impl Order {
    pub(crate) fn after(position: Position) -> Self {
        Self { position, log_id: None, held: VecDeque::new() }
    }

    pub(crate) fn follow(&mut self, log_id: Uuid) {
        self.log_id = Some(log_id);
    }

    pub(crate) fn position(&self) -> Position {
        self.position
    }

    pub(crate) fn log_id(&self) -> Option<Uuid> {
        self.log_id
    }

    /// Takes what arrives, behind what arrived.
    pub(crate) fn held(&mut self) -> &mut VecDeque<Arrival> {
        &mut self.held
    }

    /// The batch was handed out.
    pub(crate) fn passed(&mut self, batch: &Batch) {
        self.position = batch.last();
    }

    /// The first log that is spoken of is the one that is followed, unless it was told.
    pub(crate) fn check_log(&mut self, found: Uuid) -> Result<(), OtherLog> {
        let expected = *self.log_id.get_or_insert(found);
        if found == expected { Ok(()) } else { Err(OtherLog { expected, found }) }
    }

    pub(crate) fn step(&mut self) -> Result<Step, OtherLog> {
        let (mut events, mut last) = (Vec::new(), self.position);
        while let Some(arrival) = self.held.pop_front() {
            if arrival.position <= last {
                // It comes again, or late.
                continue;
            }
            if let Arrived::Event(log_id, _) = arrival.what {
                self.check_log(log_id)?;
            }
            let is_next = arrival.follows <= last;
            match arrival.what {
                Arrived::Event(_, event) if is_next => events.push(event),
                Arrived::Nothing if is_next => {}
                what => {
                    self.held.push_front(Arrival { what, ..arrival });
                    break;
                }
            }
            last = arrival.position;
        }
        if last > self.position {
            return Ok(Step::HandOut(Batch::new(self.position, events, last)));
        }
        Ok(match self.held.front() {
            Some(Arrival { follows, position, .. }) => {
                Step::Fill { missing: follows.since(self.position).max(1), next: *position }
            }
            None => Step::Wait,
        })
    }

    /// Takes away what arrived first: why it is no event, if it is none.
    pub(crate) fn malformed(&mut self) -> Option<HeaderError> {
        match self.held.pop_front()?.what {
            Arrived::Malformed(error) => Some(error),
            Arrived::Event(..) | Arrived::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chancery_wire::Recorded;
    use proptest::prelude::*;

    use super::*;

    const HEAD: u64 = 60;

    fn event(position: u64) -> Recorded {
        let id = Uuid::from_u128(u128::from(position));
        Recorded {
            position: Position::new(position),
            event_id: id,
            category: "app".into(),
            stream: "app-1".into(),
            version: position,
            event_type: "AppCreated".into(),
            schema_version: 1,
            recorded_at: jiff::Timestamp::UNIX_EPOCH,
            key_app: None,
            key_tenant: None,
            actor: chancery_wire::Actor { kind: "person".into(), id: "p".into() },
            command_id: id,
            correlation_id: id,
            causation_id: None,
            traceparent: None,
            data: bytes::Bytes::from_static(b"{}"),
        }
    }

    /// What a stream may bring of a log of which only `wanted` is wanted: an event, or that there is none.
    fn arrival(wanted: &BTreeSet<u64>, position: u64, reach: u64, malformed: bool) -> Arrival {
        let before = wanted.range(..position).next_back().copied().unwrap_or_default();
        let what = match wanted.contains(&position) {
            true if malformed => Arrived::Malformed(HeaderError { name: "ce-id" }),
            true => Arrived::Event(Uuid::nil(), event(position)),
            false => Arrived::Nothing,
        };
        // It may know of less than there is not, never of more.
        let follows = Position::new((before + reach % HEAD).min(position - 1));
        Arrival { follows, position: Position::new(position), what }
    }

    proptest! {
        #[test]
        fn whatever_arrives_twice_late_out_of_order_or_never_each_wanted_event_is_handed_out_once(
            wanted in proptest::collection::btree_set(1..=HEAD, 0..40),
            arrivals in proptest::collection::vec((1..=HEAD, 0..HEAD, prop::bool::weighted(0.05), 1..8_usize), 0..200),
        ) {
            let mut order = Order::after(Position::START);
            let mut handed = Vec::new();
            let mut take = |order: &mut Order, batch: &Batch| {
                assert_eq!(batch.after(), order.position());
                handed.extend(batch.events().iter().map(|event| event.position.get()));
                order.passed(batch);
                // Nothing that is wanted was passed over.
                let expected: Vec<_> = wanted.range(..=order.position().get()).copied().collect();
                assert_eq!(handed, expected);
            };
            // The log itself, of which a part is read where the stream has a gap.
            let fill = |order: &Order, missing: u64| {
                let (after, through) = (order.position(), order.position().get() + missing);
                let events = wanted.range(after.get() + 1..=through).map(|at| event(*at)).collect();
                Batch::new(after, events, Position::new(through))
            };
            for (position, reach, malformed, steps) in arrivals {
                order.held().push_back(arrival(&wanted, position, reach, malformed));
                for _ in 0..steps {
                    match order.step().unwrap() {
                        Step::HandOut(batch) => take(&mut order, &batch),
                        Step::Fill { missing, next } => {
                            prop_assert!(order.position().get() + missing <= next.get());
                            let batch = fill(&order, missing);
                            take(&mut order, &batch);
                        }
                        Step::Wait => break,
                    }
                }
            }
            while order.position().get() < HEAD {
                let batch = match order.step().unwrap() {
                    Step::HandOut(batch) => batch,
                    Step::Fill { missing, .. } => fill(&order, missing),
                    Step::Wait => fill(&order, HEAD - order.position().get()),
                };
                take(&mut order, &batch);
            }
            prop_assert_eq!(handed, wanted.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_event_of_another_log_is_never_handed_out() {
        let mut order = Order::after(Position::START);
        order.follow(Uuid::from_u128(1));
        order.held().push_back(arrival(&BTreeSet::from([1]), 1, 0, false));
        let (expected, found) = (Uuid::from_u128(1), Uuid::nil());
        assert_eq!(order.step().unwrap_err(), OtherLog { expected, found });
    }
}
