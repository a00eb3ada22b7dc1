//! Events that a build has not applied though it stands after them.

use std::collections::BTreeSet;

use chancery_wire::Position;
use deadpool_postgres::Transaction;

use super::{VerifyError, failed};

/// What is parked, or waits behind what is, and what was skipped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    positions: BTreeSet<Position>,
    parked: u64,
    skipped: u64,
}

impl LeftOut {
    pub(crate) async fn read(snapshot: &Transaction<'_>, schema_name: &str) -> Result<Self, VerifyError> {
        let sql = "SELECT position, false FROM public.projection_parked WHERE schema_name = $1 \
                   UNION ALL SELECT position, true FROM public.projection_skips WHERE schema_name = $1";
        let rows = snapshot.query(sql, &[&schema_name]).await;
        let mut left_out = Self::default();
        for row in rows.map_err(failed("reading what is parked"))? {
            left_out.positions.insert(Position::from_i64(row.get(0)));
            if row.get(1) {
                left_out.skipped += 1;
            } else {
                left_out.parked += 1;
            }
        }
        Ok(left_out)
    }

    pub(crate) fn contains(&self, position: Position) -> bool {
        self.positions.contains(&position)
    }

    /// Those that are left out here and no longer in `later`: meanwhile they were applied after all.
    pub(crate) fn returned(&self, later: &Self) -> Vec<Position> {
        self.positions.difference(&later.positions).copied().collect()
    }

    pub(crate) fn parked(&self) -> u64 {
        self.parked
    }

    pub(crate) fn skipped(&self) -> u64 {
        self.skipped
    }
}
