//! What a session knows of streams without looking: what it found in the log or wrote itself, for as long as nobody
//! else appended. The head says whether somebody did; it only grows, and what one session has committed is not lost
//! while that session stands.

use std::collections::HashMap;

use chancery_wire::Position;

use crate::{Append, Touch, append::Outcome};

/// Streams that are kept in mind, a hundred bytes each.
const MOST: usize = 65_536;

#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Where the session's last append left the head.
    head: Option<Position>,
    /// Each one's version, as long as the head stands there.
    streams: HashMap<String, u64>,
}

impl Known {
    pub(crate) fn head(&self) -> Option<i64> {
        self.head.map(Position::as_i64)
    }

    /// True where the stream stands at that version, if the head is where it was.
    pub(crate) fn holds(&self, touch: &Touch) -> bool {
        self.streams.get(&touch.stream) == Some(&touch.version)
    }

    /// Takes in what became of a batch that found the head at `base`.
    pub(crate) fn learn(&mut self, base: Position, commands: &[&Append], outcomes: &[Outcome]) {
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
