//! Counting the log, a part at a time.

use chancery_wire::Position;
use deadpool_postgres::ClientWrapper;
use tokio::time::Instant;

use super::{AuditError, failed};
use crate::{Digest, View};

const COUNT: &str = include_str!("count.sql");
/// Positions that one statement counts: well under a second.
const STRETCH: u64 = 100_000;

/// What the log has for each shard of `view` from one position up to another, where that could be counted until
/// then; else up to where it got. At least one stretch is counted, so that every round gets on.
pub(super) async fn count(
    client: &ClientWrapper,
    view: &dyn View,
    shards: i32,
    from: Position,
    to: Position,
    until: Instant,
) -> Result<(Position, Vec<Digest>), AuditError> {
    let [types, categories] = view.wants().lists();
    let mut digests = vec![Digest::default(); usize::try_from(shards).unwrap_or_default()];
    let mut reached = from;
    while reached < to {
        let next = Position::new(reached.get() + STRETCH).min(to);
        let rows = client
            .query(COUNT, &[&reached.as_i64(), &next.as_i64(), &shards, &types, &categories])
            .await
            .map_err(failed("counting the log's events"))?;
        for row in rows {
            let counted = Digest::from_row(&row, 1, 2).map_err(failed("reading the count of the log"))?;
            if let Some(digest) =
                usize::try_from(row.get::<_, i32>(0)).ok().and_then(|at| digests.get_mut(at))
            {
                *digest += counted;
            }
        }
        reached = next;
        if Instant::now() >= until {
            break;
        }
    }
    Ok((reached, digests))
}
