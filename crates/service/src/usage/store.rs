//! Counting batches: all that they add, and how far their sources have come, in one transaction.
//!
//! Locks are taken in one order by everybody: sources by id, then keys by id, then rows by key and time, minutes before
//! hours before days. So any number of workers may count at once, and none waits for one that waits for it.

use std::collections::{BTreeMap, BTreeSet};

use chancery_wire::usage::UsageBatch;
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use super::{
    Mode, Outcome, Refusal, Usage, UsageError, UsageSettings,
    counts::{self, Counts},
    progress::{Gap, Place, Progress},
    rows,
};

/// Sources by id, each as it was found and as it will be.
type Sources = BTreeMap<Uuid, Progress>;

impl Usage {
    /// Counts a batch.
    pub async fn apply(&self, batch: &UsageBatch, mode: Mode) -> Result<Outcome, UsageError> {
        let mut outcomes = self.apply_all(std::slice::from_ref(batch), mode).await?;
        Ok(outcomes.pop().unwrap_or(Outcome::Duplicate))
    }

    /// Counts batches together, which costs little more than one of them: what they say of the same row is written
    /// once. Each has an outcome of its own, in the order given. After an error none of them was counted.
    pub async fn apply_all(&self, batches: &[UsageBatch], mode: Mode) -> Result<Vec<Outcome>, UsageError> {
        match self.try_apply(batches, mode).await {
            Err(UsageError::Query { source, .. }) if source.code() == Some(&SqlState::CHECK_VIOLATION) => {
                self.make_partitions(batches.iter().map(|batch| batch.from)).await?;
                self.try_apply(batches, mode).await
            }
            result => result,
        }
    }

    async fn try_apply(&self, batches: &[UsageBatch], mode: Mode) -> Result<Vec<Outcome>, UsageError> {
        let mut connection = self.connection().await?;
        let mut refusals = self.refusals(&connection, batches).await?;
        let mut sound: Vec<(usize, &UsageBatch)> =
            batches.iter().enumerate().filter(|(index, _)| refusals[*index].is_none()).collect();
        sound.sort_by_key(|(_, batch)| (batch.source, batch.sequence));

        let mut outcomes: Vec<Outcome> = refusals
            .iter_mut()
            .map(|refusal| refusal.take().map_or(Outcome::Duplicate, Outcome::Refused))
            .collect();
        if sound.is_empty() {
            return Ok(outcomes);
        }
        let transaction =
            connection.transaction().await.map_err(UsageError::query("beginning to count usage"))?;
        let mut sources = claim(&transaction, &sound).await?;
        let found = sources.clone();
        let mut counts = Counts::new();
        for (index, batch) in sound {
            let progress = sources.entry(batch.source).or_insert_with(|| Progress::new(batch));
            outcomes[index] = match (progress.place(batch.sequence), mode) {
                (Place::Known, _) => Outcome::Duplicate,
                (Place::Ahead, Mode::Strict) => Outcome::Gap { expected: progress.expected() },
                (Place::Next | Place::Late | Place::Ahead, _) => {
                    progress.count(batch);
                    counts::add(&mut counts, batch);
                    Outcome::Applied
                }
            };
        }
        sources.retain(|source, progress| found.get(source) != Some(progress));
        if sources.is_empty() {
            return Ok(outcomes);
        }
        rows::write(&transaction, &counts).await?;
        move_on(&transaction, &sources, &found).await?;
        let refused =
            |(source, found): (&Uuid, &Progress)| found.sequence == 0 && !sources.contains_key(source);
        if found.iter().any(refused) {
            // A source is not known by what was refused.
            let sql = "DELETE FROM public.usage_sources WHERE sequence = 0 AND source = ANY ($1)";
            let all: Vec<Uuid> = found.keys().copied().collect();
            transaction
                .execute(sql, &[&all])
                .await
                .map_err(UsageError::query("forgetting sources of usage"))?;
        }
        transaction.commit().await.map_err(UsageError::query("committing usage"))?;
        Ok(outcomes)
    }

    /// Why each of the batches cannot be counted, if so.
    async fn refusals(
        &self,
        connection: &deadpool_postgres::Client,
        batches: &[UsageBatch],
    ) -> Result<Vec<Option<Refusal>>, UsageError> {
        let now = self.0.sources.now();
        let called = batches.iter().flat_map(apps);
        let unknown = unknown_apps(connection, called.collect::<BTreeSet<_>>()).await?;
        let refusal = |batch: &UsageBatch| {
            let mut app_ids: Vec<Uuid> = apps(batch).filter(|app| unknown.contains(app)).collect();
            app_ids.sort_unstable();
            app_ids.dedup();
            batch
                .check()
                .map_err(Refusal::from)
                .and_then(|()| in_time(batch, now))
                .and(if app_ids.is_empty() { Ok(()) } else { Err(Refusal::AppsUnknown { app_ids }) })
                .err()
        };
        Ok(batches.iter().map(refusal).collect())
    }
}

fn in_time(batch: &UsageBatch, now: Timestamp) -> Result<(), Refusal> {
    let earliest = now.checked_sub(UsageSettings::OLDEST).unwrap_or(Timestamp::MIN);
    let latest = now.checked_add(UsageSettings::SKEW).unwrap_or(Timestamp::MAX);
    if batch.from < earliest {
        Err(Refusal::TooOld { earliest })
    } else if batch.to > latest {
        Err(Refusal::Future { latest })
    } else {
        Ok(())
    }
}

fn apps(batch: &UsageBatch) -> impl Iterator<Item = Uuid> {
    batch.items.iter().filter_map(|item| item.dimensions.app_id)
}

async fn unknown_apps(
    connection: &deadpool_postgres::Client,
    called: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Uuid>, UsageError> {
    let called: Vec<Uuid> = called.into_iter().collect();
    if called.is_empty() {
        return Ok(called);
    }
    let failed = UsageError::query("looking for the apps that were called");
    let statement = connection.prepare_cached(include_str!("sql/unknown_apps.sql")).await.map_err(&failed)?;
    let rows = connection.query(&statement, &[&called]).await.map_err(&failed)?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Locks the batches' sources and reads how far they have come; a new one has counted nothing.
async fn claim(
    transaction: &Transaction<'_>,
    batches: &[(usize, &UsageBatch)],
) -> Result<Sources, UsageError> {
    let failed = UsageError::query("locking the sources of usage");
    let first: BTreeMap<Uuid, Timestamp> =
        batches.iter().rev().map(|(_, batch)| (batch.source, Progress::new(batch).reached)).collect();
    let (ids, reached): (Vec<Uuid>, Vec<Timestamp>) = first.into_iter().unzip();
    let statement =
        transaction.prepare_cached(include_str!("sql/claim_sources.sql")).await.map_err(&failed)?;
    let rows = transaction.query(&statement, &[&ids, &reached]).await.map_err(&failed)?;
    let mut sources = Sources::new();
    for row in rows {
        let sequence = row.get::<_, i64>(1).cast_unsigned();
        let progress = Progress { sequence, reached: row.get(2), ended: row.get(3), gaps: Vec::new() };
        sources.insert(row.get(0), progress);
    }
    let statement = transaction.prepare_cached(include_str!("sql/gaps.sql")).await.map_err(&failed)?;
    for row in transaction.query(&statement, &[&ids]).await.map_err(&failed)? {
        let (first, last): (i64, i64) = (row.get(1), row.get(2));
        let gap = Gap { first: first.cast_unsigned(), last: last.cast_unsigned(), since: row.get(3) };
        sources.entry(row.get(0)).and_modify(|progress| progress.gaps.push(gap));
    }
    Ok(sources)
}

/// Notes how far the sources have come since they were found.
async fn move_on(
    transaction: &Transaction<'_>,
    sources: &Sources,
    found: &Sources,
) -> Result<(), UsageError> {
    let failed = UsageError::query("noting how far the sources of usage have come");
    let ids: Vec<Uuid> = sources.keys().copied().collect();
    let sequences: Vec<i64> = sources.values().map(|progress| progress.sequence.cast_signed()).collect();
    let reached: Vec<Timestamp> = sources.values().map(|progress| progress.reached).collect();
    let ended: Vec<bool> = sources.values().map(|progress| progress.ended).collect();
    let statement =
        transaction.prepare_cached(include_str!("sql/move_sources.sql")).await.map_err(&failed)?;
    transaction.execute(&statement, &[&ids, &sequences, &reached, &ended]).await.map_err(&failed)?;

    let same = |source: &Uuid, progress: &Progress| {
        found.get(source).is_some_and(|found| found.gaps == progress.gaps)
    };
    let changed: Sources = sources
        .iter()
        .filter(|(source, progress)| !same(source, progress))
        .map(|(source, progress)| (*source, progress.clone()))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changed.keys().copied().collect();
    let statement = transaction.prepare_cached(include_str!("sql/drop_gaps.sql")).await.map_err(&failed)?;
    transaction.execute(&statement, &[&ids]).await.map_err(&failed)?;
    let gaps: Vec<(Uuid, Gap)> = changed
        .iter()
        .flat_map(|(source, progress)| progress.gaps.iter().map(|gap| (*source, *gap)))
        .collect();
    if gaps.is_empty() {
        return Ok(());
    }
    let of: Vec<Uuid> = gaps.iter().map(|(source, _)| *source).collect();
    let first: Vec<i64> = gaps.iter().map(|(_, gap)| gap.first.cast_signed()).collect();
    let last: Vec<i64> = gaps.iter().map(|(_, gap)| gap.last.cast_signed()).collect();
    let since: Vec<Timestamp> = gaps.iter().map(|(_, gap)| gap.since).collect();
    let statement = transaction.prepare_cached(include_str!("sql/insert_gaps.sql")).await.map_err(&failed)?;
    transaction.execute(&statement, &[&of, &first, &last, &since]).await.map_err(&failed)?;
    Ok(())
}
