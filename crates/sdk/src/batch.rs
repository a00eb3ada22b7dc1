//! What a feed hands out.

use chancery_wire::{Position, Recorded};

use crate::{Filter, repair::Part};

/// Some events in the log's order, and the position up to which nothing that is wanted is missing. A feed of
/// everything hands out at least one, and they follow each other without a gap; one with a filter may hand out
/// none, to say that it has passed over events that nobody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    events: Vec<Recorded>,
    after: Position,
    last: Position,
}

impl Batch {
    pub(crate) fn new(after: Position, events: Vec<Recorded>, last: Position) -> Self {
        Self { events, after, last }
    }

    /// What `part` tells of the log after `after`; `None` if that is nothing.
    pub(crate) fn of_part(after: Position, part: Part, filter: &Filter) -> Option<Self> {
        let Part { mut events, mut through, .. } = part;
        if filter.is_all() {
            events = following(after, events);
            through = events.last()?.position;
        }
        events.retain(|event| event.position > after && event.position <= through && filter.wants(event));
        events.sort_unstable_by_key(|event| event.position);
        events.dedup_by_key(|event| event.position);
        (through > after).then(|| Self::new(after, events, through))
    }

    pub fn events(&self) -> &[Recorded] {
        &self.events
    }

    pub fn into_events(self) -> Vec<Recorded> {
        self.events
    }

    /// Where the feed stood before it.
    pub fn after(&self) -> Position {
        self.after
    }

    /// The position to keep: of the last event, or a later one where a filter left out what came behind it.
    pub fn last(&self) -> Position {
        self.last
    }
}

/// The events of `events` that follow `after` without a gap.
pub(crate) fn following(after: Position, mut events: Vec<Recorded>) -> Vec<Recorded> {
    let contiguous = events
        .iter()
        .scan(after, |last, event| {
            *last = last.next();
            (event.position == *last).then_some(())
        })
        .count();
    events.truncate(contiguous);
    events
}

impl IntoIterator for Batch {
    type Item = Recorded;
    type IntoIter = std::vec::IntoIter<Recorded>;

    fn into_iter(self) -> Self::IntoIter {
        self.events.into_iter()
    }
}
