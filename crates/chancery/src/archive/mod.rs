//! The log outside of its database: what `chancery log export` writes and `chancery log import` reads.
//!
//! An export is a folder: files of events in the log's order, the commands that made them, and `manifest.json`, which
//! says what they are and has a hash of each. A line has the envelope's columns in their order under their names, and
//! last the data, byte for byte as it was committed. So whoever has the folder can verify it without any database.
//!
//! Everything streams: a row is borrowed from what Postgres sent and written where it goes, and what is in memory is a
//! few blocks, whatever the log's size.

mod commands;
mod csv;
mod file;
mod manifest;
mod ndjson;
mod reader;
mod time;
mod tuple;

#[cfg(test)]
mod tests;

use chancery_wire::audit::Row;

pub(crate) use commands::{COLUMNS as COMMAND_COLUMNS, Command};
pub(crate) use file::Sink;
pub(crate) use manifest::{Compression, Encoding, FORMAT, File, Manifest};
pub(crate) use reader::Reader;
pub(crate) use tuple::{Columns, HEADER, TRAILER, Tuple, tuples};

/// Writes rows of events in an encoding.
#[derive(Debug)]
pub(crate) struct Encoder {
    encoding: Encoding,
    clock: time::Clock,
}

impl Encoder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self { encoding, clock: time::Clock::default() }
    }

    /// What a file begins with.
    pub(crate) fn begin(&self, out: &mut Vec<u8>) {
        if self.encoding == Encoding::Csv {
            csv::header(out);
        }
    }

    pub(crate) fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) -> anyhow::Result<()> {
        match self.encoding {
            Encoding::Ndjson => ndjson::write(row, &mut self.clock, out),
            Encoding::Csv => csv::write(row, &mut self.clock, out),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
