//! What operators want of parked events: tried again in their order, or left out.

use std::collections::BTreeSet;

use chancery_journal::Journal;
use chancery_wire::{Position, Recorded};
use deadpool_postgres::ClientWrapper;
use tokio_postgres::Error;

use super::{
    RunError,
    batch::{Applied, Writer, lock},
    narrow::narrow,
    shards::Shards,
};
use crate::{Build, View};

const WANTED: &str = include_str!("sql/wanted.sql");
const LETTERS: &str = include_str!("sql/letters.sql");
const MEND: &str = include_str!("sql/mend.sql");
const MENDED: &str = include_str!("sql/mended.sql");

/// So many events of a key in one transaction; a key that has more goes on in the next.
const MOST: usize = 500;

/// What is parked of one key, in order, as far as one transaction goes.
struct Letters {
    key: String,
    shard: i32,
    positions: Vec<Position>,
    /// Those that an operator wants left out.
    skipped: BTreeSet<Position>,
    /// The key has more.
    more: bool,
}

/// Tries again what is parked of the keys that operators asked for, up to the first event that fails again, without
/// those that they want left out. The shards are the writer's, or nothing is done.
pub(crate) async fn mend(
    client: &mut ClientWrapper,
    journal: &Journal,
    view: &dyn View,
    build: &Build,
    writer: Writer,
    shards: &mut Shards,
) -> Result<Applied, RunError> {
    let failed = |source| failed(build, source);
    loop {
        let numbers: Vec<i32> = shards.0.keys().copied().collect();
        let wanted = client.query_opt(WANTED, &[&build.schema_name, &numbers]).await.map_err(failed)?;
        let Some(wanted) = wanted else { return Ok(Applied::Committed) };
        let letters = Letters::read(client, build, wanted.get(0), wanted.get(1)).await.map_err(failed)?;
        if letters.mend(client, journal, view, build, writer, shards).await? == Applied::Fenced {
            return Ok(Applied::Fenced);
        }
    }
}

impl Letters {
    async fn read(client: &ClientWrapper, build: &Build, key: String, shard: i32) -> Result<Self, Error> {
        let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
        let rows = client.query(LETTERS, &[&build.schema_name, &key, &limit]).await?;
        let more = rows.len() > MOST;
        let mut letters = Self { key, shard, positions: Vec::new(), skipped: BTreeSet::new(), more };
        for row in rows.iter().take(MOST) {
            let position = Position::from_i64(row.get(0));
            letters.positions.push(position);
            if row.get(1) {
                letters.skipped.insert(position);
            }
        }
        Ok(letters)
    }

    async fn mend(
        self,
        client: &mut ClientWrapper,
        journal: &Journal,
        view: &dyn View,
        build: &Build,
        writer: Writer,
        shards: &mut Shards,
    ) -> Result<Applied, RunError> {
        let failed = |source| failed(build, source);
        let mut events = self.events(journal).await?;
        let mut transaction = client.transaction().await.map_err(failed)?;
        if !lock(&transaction, build, writer, shards).await.map_err(failed)? {
            return Ok(Applied::Fenced);
        }
        // A copy: what is mended is mended when it is committed.
        let mut after = shards.clone();
        if let Some(shard) = after.0.get_mut(&self.shard) {
            shard.parked.remove(&self.key);
        }
        let parked = narrow(&mut transaction, view, build, &mut after, &mut events).await?;
        let first = parked.first();
        let kept: BTreeSet<Position> = parked.iter().map(|parked| parked.position).collect();
        let gone = self.positions.iter().filter(|position| !kept.contains(position));
        let gone: Vec<i64> = gone.map(|position| position.as_i64()).collect();
        let skipped: Vec<i64> = self.skipped.iter().map(|position| position.as_i64()).collect();
        let again = first.map(|parked| parked.position.as_i64());
        let error = first.and_then(|parked| parked.error.as_deref());
        let (schema_name, key) = (&build.schema_name, &self.key);
        transaction.execute(MEND, &[schema_name, &gone, &skipped, &again, &error]).await.map_err(failed)?;
        let go_on = self.more && first.is_none();
        transaction.execute(MENDED, &[schema_name, key, &go_on, &self.shard]).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        if go_on && let Some(shard) = after.0.get_mut(&self.shard) {
            shard.parked.insert(self.key.clone());
        }
        *shards = after;
        tracing::info!(
            view = view.name(),
            key,
            mended = gone.len(),
            skipped = skipped.len(),
            again,
            "parked events"
        );
        Ok(Applied::Committed)
    }

    /// What is to be tried again.
    async fn events(&self, journal: &Journal) -> Result<Vec<Recorded>, RunError> {
        let mut events = Vec::with_capacity(self.positions.len());
        for position in self.positions.iter().filter(|position| !self.skipped.contains(position)) {
            events.extend(journal.event(*position).await?);
        }
        Ok(events)
    }
}

fn failed(build: &Build, source: Error) -> RunError {
    RunError::Mend { schema_name: build.schema_name.clone(), source }
}
