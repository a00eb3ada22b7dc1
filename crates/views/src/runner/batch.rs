//! One batch of a group: lock, rows and checkpoints in one transaction, which nobody commits who lost a shard.

use chancery_wire::Position;
use deadpool_postgres::{ClientWrapper, Transaction};
use futures_util::future::join;
use tokio_postgres::Error;
use uuid::Uuid;

use super::{
    RunError,
    fold::{ADVANCE, Batch, Parked, park},
    shards::Shards,
};
use crate::{Build, View, planted};

const LOCK: &str =
    if planted::NO_EPOCH_CHECK { include_str!("../planted/lock.sql") } else { include_str!("sql/lock.sql") };

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer {
    /// `None` for builds that nobody shares.
    pub(crate) worker: Option<Uuid>,
    /// In seconds.
    pub(crate) lease: f64,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    Committed,
    /// Nothing was written: a shard is another worker's, or stands elsewhere than this one knew.
    Fenced,
}

/// Applies a batch to the shards and moves them to its end. Whatever cannot be applied is parked.
pub(crate) async fn apply(
    client: &mut ClientWrapper,
    view: &dyn View,
    build: &Build,
    writer: Writer,
    shards: &mut Shards,
    batch: &mut Batch,
    rate: Option<f32>,
) -> Result<Applied, RunError> {
    if batch.len() == 0 {
        // One statement, which fences itself.
        let failed = |source| RunError::Commit { to: batch.to(), source };
        let statement = client.prepare_cached(ADVANCE).await.map_err(failed)?;
        if !batch.advance(&**client, &statement, build, writer, shards, rate).await.map_err(failed)? {
            return Ok(Applied::Fenced);
        }
        batch.committed(shards);
        return Ok(Applied::Committed);
    }
    match swift(client, view, build, writer, shards, batch, rate).await {
        Err(RunError::Apply { source, .. }) if source.is_permanent() => {}
        done => return done,
    }
    let failed = |source| RunError::Commit { to: batch.to(), source };
    let mut transaction = client.transaction().await.map_err(failed)?;
    if !lock(&transaction, build, writer, shards).await.map_err(failed)? {
        return Ok(Applied::Fenced);
    }
    // A copy: what was parked is parked when it is committed.
    let mut after = shards.clone();
    let parked = batch.apply_or_park(&mut transaction, view, build, &mut after).await?;
    let applied = finish(transaction, build, writer, &after, batch, &parked, rate).await?;
    if applied == Applied::Committed {
        *shards = after;
        batch.committed(shards);
    }
    Ok(applied)
}

/// As if nothing could fail. The lock and the first write travel together: whoever finds itself fenced rolls back.
async fn swift(
    client: &mut ClientWrapper,
    view: &dyn View,
    build: &Build,
    writer: Writer,
    shards: &mut Shards,
    batch: &Batch,
    rate: Option<f32>,
) -> Result<Applied, RunError> {
    let failed = |source| RunError::Commit { to: batch.to(), source };
    let transaction = client.transaction().await.map_err(failed)?;
    let rows =
        async { if batch.free().is_empty() { Ok(()) } else { view.apply(&transaction, batch.free()).await } };
    let (locked, applied) = join(lock(&transaction, build, writer, shards), rows).await;
    if !locked.map_err(failed)? {
        return Ok(Applied::Fenced);
    }
    applied.map_err(|source| batch.failed(source))?;
    let waiting = batch.waiting(view, build);
    let applied = finish(transaction, build, writer, shards, batch, &waiting, rate).await?;
    if applied == Applied::Committed {
        batch.committed(shards);
    }
    Ok(applied)
}

async fn finish(
    transaction: Transaction<'_>,
    build: &Build,
    writer: Writer,
    shards: &Shards,
    batch: &Batch,
    parked: &[Parked],
    rate: Option<f32>,
) -> Result<Applied, RunError> {
    let failed = |source| RunError::Commit { to: batch.to(), source };
    park(&transaction, build, parked).await.map_err(failed)?;
    if planted::CHECKPOINT_OUTSIDE {
        transaction.batch_execute("COMMIT; BEGIN").await.map_err(failed)?;
    }
    let statement = transaction.prepare_cached(ADVANCE).await.map_err(failed)?;
    if !batch.advance(&*transaction, &statement, build, writer, shards, rate).await.map_err(failed)? {
        return Ok(Applied::Fenced);
    }
    transaction.commit().await.map_err(failed)?;
    Ok(Applied::Committed)
}

/// Locks the shards' rows; true where each is still the writer's and stands where it was left.
pub(crate) async fn lock(
    transaction: &Transaction<'_>,
    build: &Build,
    writer: Writer,
    shards: &Shards,
) -> Result<bool, Error> {
    let numbers: Vec<i32> = shards.0.keys().copied().collect();
    let statement = transaction.prepare_cached(LOCK).await?;
    let rows = transaction.query(&statement, &[&build.schema_name, &numbers, &writer.worker]).await?;
    if planted::NO_EPOCH_CHECK {
        return Ok(true);
    }
    let found = rows.iter().map(|row| (row.get(0), row.get(1), Position::from_i64(row.get(2))));
    Ok(found.eq(shards.0.iter().map(|(number, shard)| (*number, shard.epoch, shard.position))))
}

/// Prepares what every batch says, so that the lock and the first write leave in this order.
pub(crate) async fn prepare(client: &ClientWrapper) -> Result<(), Error> {
    client.prepare_cached(LOCK).await?;
    client.prepare_cached(ADVANCE).await?;
    Ok(())
}
