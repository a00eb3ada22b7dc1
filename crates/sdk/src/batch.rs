//! What a feed hands out.

use chancery_wire::{Position, Recorded};

/// Some events that follow each other without a gap; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    events: Vec<Recorded>,
}

impl Batch {
    /// The events of `events` that follow `after` without a gap; `None` if the first does not.
    pub(crate) fn following(after: Position, mut events: Vec<Recorded>) -> Option<Self> {
        let contiguous = events
            .iter()
            .scan(after, |last, event| {
                *last = last.next();
                (event.position == *last).then_some(())
            })
            .count();
        events.truncate(contiguous);
        (!events.is_empty()).then_some(Self { events })
    }

    pub fn events(&self) -> &[Recorded] {
        &self.events
    }

    pub fn into_events(self) -> Vec<Recorded> {
        self.events
    }

    /// Of the first event.
    pub fn first(&self) -> Position {
        self.events.first().map_or(Position::START, |event| event.position)
    }

    /// Of the last event: the position to keep.
    pub fn last(&self) -> Position {
        self.events.last().map_or(Position::START, |event| event.position)
    }
}

impl IntoIterator for Batch {
    type Item = Recorded;
    type IntoIter = std::vec::IntoIter<Recorded>;

    fn into_iter(self) -> Self::IntoIter {
        self.events.into_iter()
    }
}
