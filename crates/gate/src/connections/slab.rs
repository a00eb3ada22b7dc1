//! Where connections lie: in chunks that a snapshot shares and that are copied only when one changes meanwhile.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Connection;
use crate::limits::Window;

/// Connections of a chunk: with the counts before them, and room to align them, they fill 128 KiB.
const CHUNK: usize = 1022;

/// A connection and its calls, side by side: a call that is decided looks at both. Two cache lines, which processors
/// fetch together.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Slot {
    pub(crate) connection: Connection,
    /// Whether its limit is not the usual one.
    pub(crate) is_limited: bool,
    window: Mutex<Window>,
}

/// Numbered in the order in which they came. A clone costs one count a chunk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slab {
    chunks: Vec<Arc<[Slot]>>,
    len: usize,
}

impl Slot {
    fn new(connection: Connection) -> Self {
        Self { connection, is_limited: false, window: Mutex::default() }
    }

    pub(super) fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clone for Slot {
    fn clone(&self) -> Self {
        let Self { connection, is_limited, .. } = *self;
        Self { connection, is_limited, window: Mutex::new(self.window().clone()) }
    }
}

impl Slab {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Its number.
    pub(super) fn push(&mut self, connection: Connection) -> u32 {
        if self.len == self.chunks.len() * CHUNK {
            // The rest of the chunk waits for connections to come.
            self.chunks.push(std::iter::repeat_with(|| Slot::new(connection)).take(CHUNK).collect());
        }
        let number = u32::try_from(self.len).unwrap_or(u32::MAX);
        self.len += 1;
        self.get_mut(number).connection = connection;
        number
    }

    /// One that was pushed.
    #[inline]
    pub(super) fn get(&self, number: u32) -> &Slot {
        let number = number as usize;
        &self.chunks[number / CHUNK][number % CHUNK]
    }

    pub(super) fn get_mut(&mut self, number: u32) -> &mut Slot {
        let number = number as usize;
        &mut Arc::make_mut(&mut self.chunks[number / CHUNK])[number % CHUNK]
    }

    /// The one with this number, if there are so many.
    pub(crate) fn at(&self, number: usize) -> Option<&Slot> {
        let chunk = self.chunks.get(number / CHUNK).filter(|_| number < self.len)?;
        chunk.get(number % CHUNK)
    }
}
