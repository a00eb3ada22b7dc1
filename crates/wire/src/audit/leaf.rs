//! An event as a leaf: its hash covers every column of the envelope and the data (DESIGN §3).

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Hash, Row};
use crate::{Actor, Position, Recorded};

/// The columns of the envelope, in the order in which they are hashed. The data follows them.
pub const COLUMNS: [&str; 16] = [
    "position",
    "event_id",
    "category",
    "stream",
    "version",
    "type",
    "schema_version",
    "recorded_at",
    "key_app",
    "key_tenant",
    "actor_kind",
    "actor_id",
    "command_id",
    "correlation_id",
    "causation_id",
    "traceparent",
];

/// Says that a column has no value, where its length would stand.
const ABSENT: u32 = u32::MAX;
/// Where the position stands: after the leaf's 0x00 and its own length.
const POSITION: std::ops::Range<usize> = 5..13;

/// Hashes leaves one after the other, with one buffer.
#[derive(Debug, Default, Clone)]
pub struct LeafHasher {
    /// 0x00, then what [`Entry`] holds.
    input: Vec<u8>,
}

impl LeafHasher {
    /// The hash of the event that has these columns, each encoded already, and this data.
    pub fn hash<'a>(&mut self, columns: impl IntoIterator<Item = Option<&'a [u8]>>, data: &[u8]) -> Hash {
        self.input.clear();
        self.input.push(0);
        for column in columns {
            self.push(column);
        }
        self.input.extend_from_slice(data);
        Hash::of(&self.input)
    }

    /// What was hashed last.
    pub fn entry(&self) -> Entry {
        Entry(self.input.get(1..).unwrap_or_default().to_vec())
    }

    fn push(&mut self, column: Option<&[u8]>) {
        // No column has 4 GiB: Postgres holds no value over 1 GiB.
        let length = column.map_or(ABSENT, |bytes| u32::try_from(bytes.len()).unwrap_or(ABSENT));
        self.input.extend_from_slice(&length.to_be_bytes());
        self.input.extend_from_slice(column.unwrap_or_default());
    }
}

impl Recorded {
    /// The event's leaf in the audit tree.
    pub fn leaf_hash(&self) -> Hash {
        Row::from(self).leaf(&mut LeafHasher::default())
    }

    /// What is hashed for that leaf, behind its 0x00.
    pub fn entry(&self) -> Entry {
        let mut hasher = LeafHasher::default();
        Row::from(self).leaf(&mut hasher);
        hasher.entry()
    }
}

/// What is hashed for a leaf, behind its 0x00: the event, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry(pub Vec<u8>);

/// The bytes are not those of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not an event: {0} cannot be read")]
pub struct EntryError(&'static str);

impl Entry {
    /// The leaf's hash.
    pub fn hash(&self) -> Hash {
        Hash(Sha256::new().chain_update([0]).chain_update(&self.0).finalize().into())
    }

    /// The leaf's hash if the same event stood at another position.
    pub fn hash_at(&self, position: Position) -> Option<Hash> {
        let mut moved = self.clone();
        moved.0.get_mut(POSITION.start - 1..POSITION.end - 1)?.copy_from_slice(&position.get().to_be_bytes());
        Some(moved.hash())
    }

    /// The event.
    pub fn event(&self) -> Result<Recorded, EntryError> {
        let mut columns = Columns { rest: &self.0, names: COLUMNS.iter() };
        Ok(Recorded {
            position: columns.number().map(Position::new)?,
            event_id: columns.uuid()?.ok_or(EntryError("event_id"))?,
            category: columns.text()?,
            stream: columns.text()?,
            version: columns.number()?,
            event_type: columns.text()?,
            schema_version: columns.small()?,
            recorded_at: columns.time()?,
            key_app: columns.uuid()?,
            key_tenant: columns.optional_number()?,
            actor: Actor { kind: columns.text()?, id: columns.text()? },
            command_id: columns.uuid()?.ok_or(EntryError("command_id"))?,
            correlation_id: columns.uuid()?.ok_or(EntryError("correlation_id"))?,
            causation_id: columns.uuid()?,
            traceparent: columns.optional_text()?,
            data: Bytes::copy_from_slice(columns.rest),
        })
    }
}

/// Reads columns one after the other.
struct Columns<'a> {
    rest: &'a [u8],
    names: std::slice::Iter<'static, &'static str>,
}

impl<'a> Columns<'a> {
    fn next(&mut self) -> Result<(Option<&'a [u8]>, EntryError), EntryError> {
        let error = EntryError(self.names.next().copied().unwrap_or("data"));
        let (length, rest) = self.rest.split_first_chunk::<4>().ok_or(error)?;
        let length = u32::from_be_bytes(*length);
        if length == ABSENT {
            self.rest = rest;
            return Ok((None, error));
        }
        let (value, rest) = rest.split_at_checked(length as usize).ok_or(error)?;
        self.rest = rest;
        Ok((Some(value), error))
    }

    fn optional_number(&mut self) -> Result<Option<u64>, EntryError> {
        let (value, error) = self.next()?;
        value.map(|value| value.try_into().map(u64::from_be_bytes).map_err(|_| error)).transpose()
    }

    fn number(&mut self) -> Result<u64, EntryError> {
        let (value, error) = self.next()?;
        value.and_then(|value| value.try_into().ok()).map(u64::from_be_bytes).ok_or(error)
    }

    fn small(&mut self) -> Result<u32, EntryError> {
        let (value, error) = self.next()?;
        value.and_then(|value| value.try_into().ok()).map(u32::from_be_bytes).ok_or(error)
    }

    fn time(&mut self) -> Result<Timestamp, EntryError> {
        let (value, error) = self.next()?;
        let microseconds = value.and_then(|value| value.try_into().ok()).map(i64::from_be_bytes);
        microseconds.and_then(|time| Timestamp::from_microsecond(time).ok()).ok_or(error)
    }

    fn uuid(&mut self) -> Result<Option<Uuid>, EntryError> {
        let (value, error) = self.next()?;
        value.map(|value| Uuid::from_slice(value).map_err(|_| error)).transpose()
    }

    fn optional_text(&mut self) -> Result<Option<String>, EntryError> {
        let (value, error) = self.next()?;
        value.map(|value| String::from_utf8(value.to_vec()).map_err(|_| error)).transpose()
    }

    fn text(&mut self) -> Result<String, EntryError> {
        let name = self.names.clone().next().copied().unwrap_or("data");
        self.optional_text()?.ok_or(EntryError(name))
    }
}
