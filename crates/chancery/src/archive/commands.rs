//! Commands in an export: what answers a retry after an import, as it did before.

use std::borrow::Cow;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    hex,
    time::{self, Clock},
    tuple::{Columns, Tuple, put, put_count, put_maybe, put_time},
};

/// The columns of `commands` as COPY has them.
pub(crate) const COLUMNS: &str =
    "command_id, request_hash, status, answer, first_position, last_position, recorded_at";

#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the columns' names")]
pub(crate) struct Command<'a> {
    command_id: Uuid,
    request_hash: Cow<'a, [u8]>,
    status: i16,
    answer: Cow<'a, str>,
    first_position: Option<i64>,
    pub(crate) last_position: i64,
    recorded_at: i64,
}

/// A line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    command_id: Uuid,
    /// In hexadecimal.
    request_hash: String,
    status: i16,
    first_position: Option<i64>,
    last_position: i64,
    recorded_at: String,
    #[serde(borrow)]
    answer: Cow<'a, str>,
}

impl<'a> Command<'a> {
    /// Appends the line.
    pub(crate) fn line(&self, out: &mut Vec<u8>) -> anyhow::Result<()> {
        let mut recorded_at = Vec::new();
        Clock::default().write(self.recorded_at, &mut recorded_at)?;
        let line = Line {
            command_id: self.command_id,
            request_hash: hex(&self.request_hash),
            status: self.status,
            first_position: self.first_position,
            last_position: self.last_position,
            recorded_at: String::from_utf8(recorded_at)?,
            answer: Cow::Borrowed(&self.answer),
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.push(b'\n');
        Ok(())
    }

    /// Reads a line.
    pub(crate) fn of_line(line: &'a [u8]) -> anyhow::Result<Self> {
        let line: Line<'a> = serde_json::from_slice(line)?;
        Ok(Self {
            command_id: line.command_id,
            request_hash: unhex(&line.request_hash).context("a request's hash is not hexadecimal")?.into(),
            status: line.status,
            answer: line.answer,
            first_position: line.first_position,
            last_position: line.last_position,
            recorded_at: time::read(&line.recorded_at)?,
        })
    }
}

impl<'a> Tuple<'a> for Command<'a> {
    fn read(columns: &mut Columns<'a>) -> anyhow::Result<Self> {
        Ok(Self {
            command_id: columns.uuid()?,
            request_hash: columns.bytes()?.into(),
            status: columns.i16()?,
            answer: columns.text()?.into(),
            first_position: columns.maybe_i64()?,
            last_position: columns.i64()?,
            recorded_at: columns.time()?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_count(out, 7);
        put(out, self.command_id.as_bytes());
        put(out, &self.request_hash);
        put(out, &self.status.to_be_bytes());
        put(out, self.answer.as_bytes());
        put_maybe(out, self.first_position.map(i64::to_be_bytes).as_ref().map(|bytes| &bytes[..]));
        put(out, &self.last_position.to_be_bytes());
        put_time(out, self.recorded_at);
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
