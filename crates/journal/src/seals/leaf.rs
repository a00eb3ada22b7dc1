//! A row of `events`, as COPY sends it in binary, as a leaf of the audit tree.

use chancery_wire::audit::{COLUMNS, Hash, LeafHasher};
use tokio_postgres::{
    Error,
    binary_copy::BinaryCopyOutRow,
    types::{FromSql, Type},
};

/// The types of [`crate::EVENT_COLUMNS`], which are the leaf's columns in the leaf's order, and the data.
pub(super) const TYPES: [Type; 17] = [
    Type::INT8,
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::INT8,
    Type::TEXT,
    Type::INT4,
    Type::TIMESTAMPTZ,
    Type::UUID,
    Type::INT8,
    Type::TEXT,
    Type::TEXT,
    Type::UUID,
    Type::UUID,
    Type::UUID,
    Type::TEXT,
    Type::JSON,
];

const RECORDED_AT: usize = 7;
const DATA: usize = 16;
/// From 1970, as leaves have it, to 2000, from where Postgres counts.
const EPOCH: i64 = 946_684_800_000_000;

/// The position and the leaf of an event by what COPY sends of it in binary, which is the leaf's own encoding but for
/// the epoch of times. `None` where its position or its time is none.
pub fn leaf(
    envelope: [Option<&[u8]>; COLUMNS.len()],
    data: &[u8],
    hasher: &mut LeafHasher,
) -> Option<(u64, Hash)> {
    let number = |column: usize| Some(i64::from_be_bytes(envelope[column]?.try_into().ok()?));
    // Infinite times, which only a forger could have written, overflow and are other leaves all the same.
    let recorded_at = number(RECORDED_AT)?.wrapping_add(EPOCH).to_be_bytes();
    let mut columns = envelope;
    columns[RECORDED_AT] = Some(&recorded_at);
    Some((number(0)?.cast_unsigned(), hasher.hash(columns, data)))
}

/// The leaf of a row.
pub(super) fn of_row(row: &BinaryCopyOutRow, hasher: &mut LeafHasher) -> Result<Option<(u64, Hash)>, Error> {
    let mut envelope = [None; COLUMNS.len()];
    for (number, column) in envelope.iter_mut().enumerate() {
        *column = row.try_get::<Option<Raw<'_>>>(number)?.map(|raw| raw.0);
    }
    Ok(leaf(envelope, row.try_get::<Raw<'_>>(DATA)?.0, hasher))
}

/// A value's bytes.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
