//! Which waiting commands may travel together.
//!
//! Within a batch every command is decided on the state before it, so a command that touches a stream which the
//! batch writes, or expects another version of a stream, waits for the next one. A command with a condition beyond
//! streams travels alone: its events may be what the condition of another one asks for.

use std::collections::HashMap;

use uuid::Uuid;

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
    events: u64,
    ends: Option<[Uuid; 2]>,
    /// Whoever is in travels alone.
    closed: bool,
}

#[derive(Debug)]
struct Stream {
    version: u64,
    written: u64,
    /// A command with events touches it: it stands at that version, if they are found in the log.
    told: bool,
}

impl Batch {
    /// Whether any command may still come in.
    pub(crate) fn is_open(&self) -> bool {
        !self.closed && self.bytes <= MAX_BYTES
    }

    /// Takes the command in, if it may travel with those before it, or `alone`.
    pub(crate) fn admit(&mut self, command: &Append, alone: bool) -> bool {
        let alone = alone || !command.unless.is_empty();
        if !self.is_open() || (alone && self.commands > 0) {
            return false;
        }
        if !command.touches.iter().all(|touch| self.agrees(command, touch)) {
            return false;
        }
        let told = !command.events.is_empty();
        for touch in &command.touches {
            if let Some(stream) = self.streams.get_mut(&touch.stream) {
                stream.told |= told;
            } else {
                let stream = Stream { version: touch.version, written: 0, told };
                self.streams.insert(touch.stream.clone(), stream);
            }
        }
        for event in &command.events {
            if let Some(stream) = self.streams.get_mut(&event.stream) {
                stream.written += 1;
            }
            self.events += 1;
            self.ends.get_or_insert([event.event_id; 2])[1] = event.event_id;
        }
        self.bytes += size(command);
        self.commands += 1;
        self.closed = alone;
        true
    }

    /// Its events, if all of it is accepted.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// The ids of its first and its last event, if all of it is accepted.
    pub(crate) fn ends(&self) -> Option<[Uuid; 2]> {
        self.ends
    }

    /// The version at which it leaves a stream, if all of its events are in the log. That says nothing of a command
    /// without any.
    pub(crate) fn leaves(&self, stream: &str) -> Option<u64> {
        let stream = self.streams.get(stream).filter(|stream| stream.told)?;
        Some(stream.version + stream.written)
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
