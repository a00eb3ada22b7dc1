//! One batch: rows and checkpoint in one transaction, and only if the batch starts right after the checkpoint.

use chancery_wire::{Position, Recorded};
use deadpool_postgres::ClientWrapper;

use super::RunError;
use crate::{Build, View};

/// `FOR NO KEY UPDATE`: whoever would apply the same batch waits here, and then sees that it was applied.
const LOCK: &str = "SELECT position FROM public.projection_builds WHERE schema_name = $1 FOR NO KEY UPDATE";
const ADVANCE: &str = "UPDATE public.projection_builds SET position = $3, updated_at = now() \
                       WHERE schema_name = $1 AND position = $2";

/// Where the build's checkpoint stands after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    /// The batch is in.
    To(Position),
    /// Nothing was written: the checkpoint is here, not where the batch starts.
    Elsewhere(Position),
}

/// Applies a batch that follows `checkpoint`.
pub(crate) async fn apply(
    client: &mut ClientWrapper,
    view: &dyn View,
    build: &Build,
    checkpoint: Position,
    batch: &[Recorded],
) -> Result<Applied, RunError> {
    let last = contiguous(checkpoint, batch)?;
    let first = checkpoint.next();
    let schema_name = &build.schema_name;
    let failed = |source| RunError::Commit { first, last, source };

    let transaction = client.transaction().await.map_err(failed)?;
    let lock = transaction.prepare_cached(LOCK).await.map_err(failed)?;
    let Some(row) = transaction.query_opt(&lock, &[schema_name]).await.map_err(failed)? else {
        return Err(RunError::Gone { schema_name: schema_name.clone() });
    };
    let found = Position::from_i64(row.get(0));
    if found != checkpoint {
        return Ok(Applied::Elsewhere(found));
    }
    view.apply(&transaction, batch).await.map_err(|source| RunError::Apply { first, last, source })?;
    let advance = transaction.prepare_cached(ADVANCE).await.map_err(failed)?;
    let moved = transaction
        .execute(&advance, &[schema_name, &checkpoint.as_i64(), &last.as_i64()])
        .await
        .map_err(failed)?;
    if moved != 1 {
        return Err(RunError::Gone { schema_name: schema_name.clone() });
    }
    transaction.commit().await.map_err(failed)?;
    Ok(Applied::To(last))
}

/// The last position, if the batch has no gap, neither before nor within.
fn contiguous(checkpoint: Position, batch: &[Recorded]) -> Result<Position, RunError> {
    batch.iter().try_fold(checkpoint, |checkpoint, event| {
        if event.position == checkpoint.next() {
            Ok(event.position)
        } else {
            Err(RunError::Gap { checkpoint, found: event.position })
        }
    })
}
