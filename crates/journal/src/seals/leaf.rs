//! A row of `events`, as COPY sends it in binary, as a leaf of the audit tree.

use chancery_wire::audit::{COLUMNS, Hash, LeafHasher};
use tokio_postgres::{
    Error,
    binary_copy::BinaryCopyOutRow,
    types::{FromSql, Type},
};

/// The types of [`crate::EVENT_COLUMNS`], which are the leaf's columns in the leaf's order, and the data.
pub const LEAF_TYPES: [Type; 17] = [
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

/// The event's position and leaf. Postgres's binary values are the leaf's own, but for the epoch of times.
pub fn leaf(row: &BinaryCopyOutRow, hasher: &mut LeafHasher) -> Result<(u64, Hash), Error> {
    let position = row.try_get::<i64>(0)?.cast_unsigned();
    let recorded_at = Time::in_row(row)?;
    let mut columns: [Option<&[u8]>; COLUMNS.len()] = [None; COLUMNS.len()];
    for (number, column) in columns.iter_mut().enumerate() {
        *column = row.try_get::<Option<Raw<'_>>>(number)?.map(|raw| raw.0);
    }
    columns[RECORDED_AT] = Some(&recorded_at);
    Ok((position, hasher.hash(columns, row.try_get::<Raw<'_>>(DATA)?.0)))
}

struct Time;

impl Time {
    fn in_row(row: &BinaryCopyOutRow) -> Result<[u8; 8], Error> {
        let raw = row.try_get::<Raw<'_>>(RECORDED_AT)?.0;
        // Infinite times, which only a forger could have written, overflow and are other leaves all the same.
        Ok(raw.try_into().map_or([0; 8], |bytes| i64::from_be_bytes(bytes).wrapping_add(EPOCH).to_be_bytes()))
    }
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
