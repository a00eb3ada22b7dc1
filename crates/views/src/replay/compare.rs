//! What was folded beside what readers see, in one snapshot.

use deadpool_postgres::Transaction;
use serde::Serialize;

use super::{
    rows::{self, DifferentRow},
    trace::Divergence,
};
use crate::{
    Digest, Side, VerifiedShard,
    compare::Pair,
    digest,
    verify::{Fold, Live, VerifyError, failed, kept},
};

/// What was folded, compared with what readers see after the same events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    pub equal: bool,
    /// The build that readers see.
    pub live: String,
    /// The first event from which on they differ: the least of the rows that were looked at, and of the events that a
    /// shard was not given.
    pub first_diverging: Option<Divergence>,
    /// The rows that readers see are not those that the engine wrote: somebody else changed them.
    pub changed_by_others: bool,
    pub shards: Vec<VerifiedShard>,
    pub tables: Vec<ComparedTable>,
    /// Events that the build has not applied, and so neither has the fold.
    pub parked: u64,
    pub skipped: u64,
    /// The one event that a shard was not given though the log has it for it, or that it was given twice; where it is
    /// more than one, the digests do not say which.
    pub not_given: Option<Divergence>,
    pub given_twice: Option<Divergence>,
}

/// A table of either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparedTable {
    pub table: String,
    pub equal: bool,
    /// Who has no such table; no rows are looked at then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_in: Option<Side>,
    pub live: Digest,
    pub fold: Digest,
    /// So many rows differ.
    pub different_rows: u64,
    /// The first of them, by key.
    pub rows: Vec<DifferentRow>,
}

pub(super) async fn compare(
    snapshot: &Transaction<'_>,
    live: &Live,
    fold: &Fold<'_>,
    (schema_name, folded): (&str, &[(String, Digest)]),
    most: usize,
) -> Result<Comparison, VerifyError> {
    let kept = kept(snapshot, live).await?;
    let lives = digest::tables(snapshot, &live.schema_name).await;
    let lives = lives.map_err(failed("counting what readers see"))?;
    let changed_by_others = kept != lives.iter().map(|(_, digest)| *digest).sum::<Digest>();
    let mut tables = Vec::with_capacity(lives.len());
    for (table, pair) in Pair::by_name(lives, folded.iter().cloned()) {
        let (equal, missing_in, of_live, of_fold) =
            (pair.equal(), pair.missing_in(), pair.live(), pair.other());
        let (different_rows, rows) = if equal {
            (0, Vec::new())
        } else if missing_in.is_some() {
            (of_live.count.max(of_fold.count), Vec::new())
        } else {
            let different = rows::different(snapshot, &table, (&live.schema_name, schema_name), most).await;
            different.map_err(failed("comparing rows"))?
        };
        let (live, fold) = (of_live, of_fold);
        tables.push(ComparedTable { table, equal, missing_in, live, fold, different_rows, rows });
    }
    let shards = live.beside(fold.logged());
    Ok(Comparison {
        equal: !changed_by_others
            && shards.iter().all(|shard| shard.equal)
            && tables.iter().all(|table| table.equal),
        live: live.schema_name.clone(),
        first_diverging: None,
        changed_by_others,
        shards,
        tables,
        parked: live.left_out.parked(),
        skipped: live.left_out.skipped(),
        not_given: None,
        given_twice: None,
    })
}
