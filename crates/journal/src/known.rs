//! What a session knows of streams without looking: what it found in the log or wrote itself, for as long as nobody
//! else appended. The head says whether somebody did; it only grows, and what one session has committed is not lost
//! while that session stands.
//!
//! A batch that follows another one before that is answered goes by what the one ahead will leave. The log finds out
//! whether it did, by the ids of its first and its last event, and looks everything up where it did not.

use std::{collections::HashMap, sync::Arc};

use chancery_wire::Position;
use uuid::Uuid;

use crate::{Append, append::Outcome, batch::Batch};

/// Streams that are kept in mind, a hundred bytes each.
const MOST: usize = 65_536;

#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Where the session's last append left the head.
    head: Option<Position>,
    /// Each one's version, as long as the head stands there.
    streams: HashMap<String, u64>,
}

/// What one batch need not look up, provided that the log is found as it says.
#[derive(Debug)]
pub(crate) struct Sure {
    /// The head.
    pub(crate) head: Option<i64>,
    /// What the batch ahead leaves, if one is on its way.
    pub(crate) ahead: Option<Ahead>,
    /// For each touch of the commands, in their order, whether its stream is known to stand at its version.
    pub(crate) touches: Vec<bool>,
}

/// A batch on its way: where it should find the head, and its first and last event.
#[derive(Debug)]
pub(crate) struct Ahead {
    pub(crate) before: i64,
    pub(crate) first: Uuid,
    pub(crate) last: Uuid,
}

impl Known {
    /// What `commands` need not look up, `ahead` of which a batch is on its way.
    pub(crate) fn sure(&self, commands: &[Arc<Append>], ahead: Option<&Batch>) -> Sure {
        let version = |stream: &str| {
            ahead.and_then(|ahead| ahead.leaves(stream)).or_else(|| self.streams.get(stream).copied())
        };
        let touches = commands.iter().flat_map(|command| &command.touches);
        let touches = touches.map(|touch| version(&touch.stream) == Some(touch.version)).collect();
        let events = ahead.map_or(0, Batch::events);
        Sure {
            head: self.head.map(|head| Position::new(head.get() + events).as_i64()),
            ahead: self.head.zip(ahead.and_then(Batch::ends)).map(|(head, [first, last])| Ahead {
                before: head.as_i64(),
                first,
                last,
            }),
            touches,
        }
    }

    /// Takes in what became of a batch that found the head at `base`.
    pub(crate) fn learn(&mut self, base: Position, commands: &[Arc<Append>], outcomes: &[Outcome]) {
        if self.head != Some(base) || self.streams.len() > MOST {
            self.streams.clear();
        }
        let mut head = base;
        for (command, outcome) in commands.iter().zip(outcomes) {
            if let Outcome::Accepted(appended) = outcome {
                head = appended.position;
                self.accepted(command);
            }
        }
        self.head = Some(head);
    }

    fn accepted(&mut self, command: &Append) {
        for touch in &command.touches {
            match self.streams.get_mut(&touch.stream) {
                Some(version) => *version = touch.version,
                None => drop(self.streams.insert(touch.stream.clone(), touch.version)),
            }
        }
        for event in &command.events {
            if let Some(version) = self.streams.get_mut(&event.stream) {
                *version += 1;
            }
        }
    }
}
