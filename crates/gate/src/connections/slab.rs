//! Where connections lie: in chunks that a snapshot shares and that are copied only when one changes meanwhile.

use std::{iter::repeat_with, sync::Arc};

use super::Connection;

/// Connections of a chunk.
const CHUNK: usize = 1024;

/// Numbered in the order in which they came. A clone costs one count a chunk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slab {
    chunks: Vec<Arc<[Connection]>>,
    len: usize,
}

impl Slab {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Its number.
    pub(super) fn push(&mut self, connection: Connection) -> u32 {
        if self.len == self.chunks.len() * CHUNK {
            self.chunks.push(repeat_with(Connection::default).take(CHUNK).collect());
        }
        let number = u32::try_from(self.len).unwrap_or(u32::MAX);
        self.len += 1;
        *self.get_mut(number) = connection;
        number
    }

    /// One that was pushed.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> &Connection {
        let number = number as usize;
        &self.chunks[number / CHUNK][number % CHUNK]
    }

    /// The same, if there are so many.
    pub(crate) fn at(&self, number: usize) -> Option<&Connection> {
        let chunk = self.chunks.get(number / CHUNK).filter(|_| number < self.len)?;
        chunk.get(number % CHUNK)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> &mut Connection {
        let number = number as usize;
        &mut Arc::make_mut(&mut self.chunks[number / CHUNK])[number % CHUNK]
    }
}
