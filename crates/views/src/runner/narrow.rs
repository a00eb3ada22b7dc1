//! Finds the events that cannot be applied among those that can.

use chancery_wire::Recorded;
use deadpool_postgres::Transaction;

use super::{
    RunError, chain,
    fold::{Parked, divide},
    shards::Shards,
};
use crate::{ApplyError, Build, View};

/// Applies what it can of `events`, none of which waits for another yet: all at once; where that fails, half of them,
/// and so on, down to the one. That one is parked, and so are those of its key that come after it. An error that may
/// pass ends it; the transaction is of no use then.
pub(super) async fn narrow(
    transaction: &mut Transaction<'_>,
    view: &dyn View,
    build: &Build,
    shards: &mut Shards,
    events: &mut [Recorded],
) -> Result<Vec<Parked>, RunError> {
    let mut parked = Vec::new();
    let (mut start, mut free, mut size) = (0, events.len(), events.len().max(1));
    while start < free {
        let end = free.min(start + size);
        match attempt(transaction, view, &events[start..end]).await {
            Ok(()) => {
                start = end;
                size = size.saturating_mul(2);
            }
            Err(error) if !error.is_permanent() => {
                let (first, last) = (events[start].position, events[end - 1].position);
                return Err(RunError::Apply { first, last, source: error });
            }
            Err(_) if end - start > 1 => size = (end - start) / 2,
            Err(error) => {
                let one = Parked::of(view, build, &events[start], Some(chain(&error)));
                let (position, key) = (one.position.get(), &one.key);
                tracing::error!(view = view.name(), position, key, error = one.error, "an event is parked");
                if let Some(shard) = shards.0.get_mut(&one.shard) {
                    shard.parked.insert(one.key.clone());
                }
                parked.push(one);
                start += 1;
                free = start + divide(&mut events[start..free], |event| shards.parks(view, build, event));
            }
        }
    }
    parked.extend(events[free..].iter().map(|event| Parked::of(view, build, event, None)));
    parked.sort_by_key(|parked| parked.position);
    Ok(parked)
}

/// Applies events so that nothing of them is left where they fail.
async fn attempt(
    transaction: &mut Transaction<'_>,
    view: &dyn View,
    events: &[Recorded],
) -> Result<(), ApplyError> {
    let failed = |source| ApplyError::Write { subject: "a savepoint", source };
    let savepoint = transaction.savepoint("attempt").await.map_err(failed)?;
    match view.apply(&savepoint, events).await {
        Ok(()) => savepoint.commit().await.map_err(failed),
        Err(error) => {
            savepoint.rollback().await.map_err(failed)?;
            Err(error)
        }
    }
}
