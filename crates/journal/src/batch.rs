//! Which waiting commands may travel together.
//!
//! Within a batch every command is decided on the state before it, so a command that touches a stream which the
//! batch writes, or expects another version of a stream, waits for the next one. A command with a condition beyond
//! streams travels alone: its events may be what the condition of another one asks for.

use std::collections::HashMap;

use crate::Append;

/// Bytes of a batch, so that one statement stays well under Postgres's limit of 1 GiB.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// What an event and a command cost beside their text.
const ENVELOPE_BYTES: usize = 512;

/// A batch in the making: the streams it touches.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    streams: HashMap<String, Stream>,
    bytes: usize,
    commands: usize,
    /// Whoever is in travels alone.
    closed: bool,
}

#[derive(Debug)]
struct Stream {
    version: u64,
    written: u64,
}

impl Batch {
    /// Takes the command in, if it may travel with those before it.
    pub(crate) fn admit(&mut self, command: &Append) -> bool {
        let alone = !command.unless.is_empty();
        if self.closed || (alone && self.commands > 0) || self.bytes > MAX_BYTES {
            return false;
        }
        if !command.touches.iter().all(|touch| self.agrees(command, touch)) {
            return false;
        }
        for touch in &command.touches {
            if !self.streams.contains_key(&touch.stream) {
                let stream = Stream { version: touch.version, written: 0 };
                self.streams.insert(touch.stream.clone(), stream);
            }
        }
        for event in &command.events {
            if let Some(stream) = self.streams.get_mut(&event.stream) {
                stream.written += 1;
            }
        }
        self.bytes += size(command);
        self.commands += 1;
        self.closed = alone;
        true
    }

    fn agrees(&self, command: &Append, touch: &crate::Touch) -> bool {
        self.streams.get(&touch.stream).is_none_or(|stream| {
            stream.version == touch.version
                && stream.written == 0
                && !command.events.iter().any(|event| event.stream == touch.stream)
        })
    }
}

fn size(command: &Append) -> usize {
    let events = command.events.iter().map(|event| event.data.len() + ENVELOPE_BYTES).sum::<usize>();
    command.answer.len() + ENVELOPE_BYTES + events
}
