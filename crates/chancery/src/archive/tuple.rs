//! Rows as Postgres sends and takes them: the binary format of COPY.
//!
//! By hand, and borrowed: the client library's iterator makes a vector and a few counted references of every row, which
//! is most of what an export would do.

use std::{borrow::Cow, io::BufRead, str};

use anyhow::{Context as _, bail, ensure};
use chancery_wire::audit::Row;
use uuid::Uuid;

/// What a stream of tuples begins with: the signature, no flags, no extension.
pub(crate) const HEADER: &[u8; 19] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with.
pub(crate) const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();
/// Postgres counts from 2000-01-01.
const EPOCH: i64 = 946_684_800_000_000;

/// A row that COPY carries.
pub(crate) trait Tuple<'a>: Sized {
    fn read(columns: &mut Columns<'a>) -> anyhow::Result<Self>;
    /// Appends the tuple.
    fn write(&self, out: &mut Vec<u8>);
}

/// Hands every tuple of `copy` to `each`.
pub(crate) fn tuples(
    mut copy: impl BufRead,
    mut each: impl FnMut(&mut Columns<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    // What a read ended in the middle of; usually each brings whole tuples.
    let mut rest = Vec::new();
    let mut begun = false;
    loop {
        let chunk = copy.fill_buf().context("reading from Postgres failed")?;
        let length = chunk.len();
        ensure!(length > 0, "Postgres ended the rows before their end");
        let whole = rest.is_empty();
        if !whole {
            rest.extend_from_slice(chunk);
        }
        let bytes = if whole { chunk } else { &rest };
        let mut at = 0;
        if !begun && bytes.len() >= HEADER.len() {
            ensure!(bytes.starts_with(&HEADER[..11]), "these are no rows of COPY");
            (begun, at) = (true, HEADER.len());
        }
        let mut next = if begun { length_of(&bytes[at..]) } else { Length::Incomplete };
        while let Length::Tuple(length) = next {
            each(&mut Columns { bytes: &bytes[at + 2..at + length] })?;
            at += length;
            next = length_of(&bytes[at..]);
        }
        let ended = matches!(next, Length::End);
        rest = bytes[at..].to_vec();
        copy.consume(length);
        if ended {
            return drained(copy);
        }
    }
}

/// The protocol's end comes after the rows' end.
fn drained(mut copy: impl BufRead) -> anyhow::Result<()> {
    loop {
        match copy.fill_buf().context("reading from Postgres failed")?.len() {
            0 => return Ok(()),
            more => copy.consume(more),
        }
    }
}

enum Length {
    Tuple(usize),
    Incomplete,
    End,
}

fn length_of(bytes: &[u8]) -> Length {
    let Some(count) = bytes.first_chunk() else { return Length::Incomplete };
    let count = i16::from_be_bytes(*count);
    if count == -1 {
        return Length::End;
    }
    let mut at = 2;
    for _ in 0..count {
        let Some(length) = bytes.get(at..).and_then(|rest| rest.first_chunk()) else {
            return Length::Incomplete;
        };
        at += 4 + usize::try_from(i32::from_be_bytes(*length)).unwrap_or_default();
    }
    if at <= bytes.len() { Length::Tuple(at) } else { Length::Incomplete }
}

/// What is left of a tuple.
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    bytes: &'a [u8],
}

impl<'a> Columns<'a> {
    /// The next column; `None` where it is null.
    pub(crate) fn next(&mut self) -> anyhow::Result<Option<&'a [u8]>> {
        let (length, rest) = self.bytes.split_first_chunk().context("a row has too few columns")?;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            self.bytes = rest;
            return Ok(None);
        };
        let (value, rest) = rest.split_at_checked(length).context("a row ends in a column")?;
        self.bytes = rest;
        Ok(Some(value))
    }

    pub(super) fn bytes(&mut self) -> anyhow::Result<&'a [u8]> {
        self.next()?.context("a column is null that never is")
    }

    pub(super) fn text(&mut self) -> anyhow::Result<&'a str> {
        Ok(str::from_utf8(self.bytes()?)?)
    }

    fn fixed<const N: usize>(value: &[u8]) -> anyhow::Result<[u8; N]> {
        value.try_into().context("a column has another type")
    }

    pub(super) fn i16(&mut self) -> anyhow::Result<i16> {
        Ok(i16::from_be_bytes(Self::fixed(self.bytes()?)?))
    }

    fn i32(&mut self) -> anyhow::Result<i32> {
        Ok(i32::from_be_bytes(Self::fixed(self.bytes()?)?))
    }

    pub(super) fn i64(&mut self) -> anyhow::Result<i64> {
        Ok(i64::from_be_bytes(Self::fixed(self.bytes()?)?))
    }

    pub(super) fn maybe_i64(&mut self) -> anyhow::Result<Option<i64>> {
        self.next()?.map(|value| Ok(i64::from_be_bytes(Self::fixed(value)?))).transpose()
    }

    pub(super) fn uuid(&mut self) -> anyhow::Result<Uuid> {
        Ok(Uuid::from_bytes(Self::fixed(self.bytes()?)?))
    }

    fn maybe_uuid(&mut self) -> anyhow::Result<Option<Uuid>> {
        self.next()?.map(|value| Ok(Uuid::from_bytes(Self::fixed(value)?))).transpose()
    }

    /// Microseconds since 1970.
    pub(super) fn time(&mut self) -> anyhow::Result<i64> {
        match self.i64()?.checked_add(EPOCH) {
            Some(micros) => Ok(micros),
            None => bail!("a time is infinite"),
        }
    }
}

/// Appends one column.
pub(super) fn put(out: &mut Vec<u8>, value: &[u8]) {
    let length = i32::try_from(value.len()).unwrap_or(i32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(value);
}

pub(super) fn put_maybe(out: &mut Vec<u8>, value: Option<&[u8]>) {
    match value {
        Some(value) => put(out, value),
        None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
    }
}

pub(super) fn put_time(out: &mut Vec<u8>, micros: i64) {
    put(out, &micros.saturating_sub(EPOCH).to_be_bytes());
}

pub(super) fn put_count(out: &mut Vec<u8>, columns: i16) {
    out.extend_from_slice(&columns.to_be_bytes());
}

impl<'a> Tuple<'a> for Row<'a> {
    fn read(columns: &mut Columns<'a>) -> anyhow::Result<Self> {
        Ok(Self {
            position: columns.i64()?,
            event_id: columns.uuid()?,
            category: columns.text()?.into(),
            stream: columns.text()?.into(),
            version: columns.i64()?,
            event_type: columns.text()?.into(),
            schema_version: columns.i32()?,
            recorded_at: columns.time()?,
            key_app: columns.maybe_uuid()?,
            key_tenant: columns.maybe_i64()?,
            actor_kind: columns.text()?.into(),
            actor_id: columns.text()?.into(),
            command_id: columns.uuid()?,
            correlation_id: columns.uuid()?,
            causation_id: columns.maybe_uuid()?,
            traceparent: columns.next()?.map(str::from_utf8).transpose()?.map(Cow::Borrowed),
            data: columns.bytes()?.into(),
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_count(out, 17);
        self.envelope(self.recorded_at.saturating_sub(EPOCH), |columns| {
            for column in columns {
                put_maybe(out, column);
            }
        });
        put(out, &self.data);
    }
}
