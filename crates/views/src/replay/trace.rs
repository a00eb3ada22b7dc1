//! From which event on a row differs.
//!
//! The rows' state after each event that is about them is compared with what readers see. That two folds agree before
//! and after a stretch of the log says nothing of what was in between, so no event that is about them is passed over: a
//! row may have been for one event what readers still see.

use std::collections::BTreeMap;

use chancery_wire::{Position, Recorded};
use deadpool_postgres::{ClientWrapper, Transaction};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio_postgres::{Error, types::Json};

use super::{
    Comparison, DifferentRow, Progress, Replay,
    mention::Mentions,
    rows::{Identity, quoted},
};
use crate::{
    VerifiedShard, View, digest,
    key::shard_of,
    verify::{Fold, Live, Scratch, VerifyError, failed},
};

/// An event from which on what readers see is not what the log says: the least position such that they differ after the
/// event there and after every later one, up to where they were compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Divergence {
    pub position: Position,
    #[serde(rename = "type")]
    pub event_type: String,
    pub recorded_at: Timestamp,
}

impl Divergence {
    fn at(event: &Recorded) -> Self {
        Self {
            position: event.position,
            event_type: event.event_type.clone(),
            recorded_at: event.recorded_at,
        }
    }
}

/// A row that is followed through the log.
struct Watched<'a> {
    table: &'a str,
    row: &'a mut DifferentRow,
    state: Option<Map<String, Value>>,
    agrees: Agrees,
}

/// What agrees with what readers see.
struct Agrees {
    row: bool,
    columns: Vec<bool>,
}

impl Watched<'_> {
    /// As after `event`.
    fn becomes(&mut self, state: Option<Map<String, Value>>, event: Option<&Recorded>) {
        if event.is_some() && state == self.state {
            return;
        }
        let turned = |agreed: &mut bool, agrees: bool, diverges: &mut Option<Divergence>| {
            if *agreed && !agrees {
                *diverges = event.map(Divergence::at);
            }
            *agreed = agrees;
        };
        turned(&mut self.agrees.row, state == self.row.live, &mut self.row.diverges);
        for (column, agreed) in self.row.columns.iter_mut().zip(&mut self.agrees.columns) {
            let value = state.as_ref().and_then(|state| state.get(&column.column));
            turned(agreed, value == Some(&column.live), &mut column.diverges);
        }
        if let Some(event) = event {
            self.row.written = Some(Divergence::at(event));
        }
        self.state = state;
    }

    /// Where both have the row, its columns say more than the row as a whole.
    fn end(&mut self) {
        if !self.row.columns.is_empty() {
            let columns = self.row.columns.iter().filter_map(|column| column.diverges.clone());
            self.row.diverges = columns.min();
        }
    }

    fn forget(row: &mut DifferentRow) {
        (row.diverges, row.written) = (None, None);
        row.columns.iter_mut().for_each(|column| column.diverges = None);
    }
}

impl Replay<'_> {
    /// Looks in the log from where on `found` differs.
    pub(super) async fn trace(
        &self,
        client: &mut ClientWrapper,
        live: &Live,
        found: &mut Comparison,
        tell: &impl Fn(Progress),
    ) -> Result<(), VerifyError> {
        let identities = identities(client, live, found).await?;
        for every_event in [false, true] {
            let scratch = Scratch::make(client, self.view).await?;
            let traced = self.follow(client, live, found, &identities, (&scratch, every_event), tell).await?;
            scratch.discard(client).await?;
            if traced {
                break;
            }
        }
        let rows = found.tables.iter().flat_map(|table| &table.rows);
        let rows = rows.filter_map(|row| row.diverges.as_ref());
        let of_shards = found.not_given.iter().chain(&found.given_twice);
        found.first_diverging = rows.chain(of_shards).min().cloned();
        Ok(())
    }

    /// Folds the events that are about the rows, one at a time; true where they led to what the whole log leads to.
    async fn follow(
        &self,
        client: &mut ClientWrapper,
        live: &Live,
        found: &mut Comparison,
        identities: &BTreeMap<String, Identity>,
        (scratch, every_event): (&Scratch, bool),
        tell: &impl Fn(Progress),
    ) -> Result<bool, VerifyError> {
        let Comparison { tables, shards, not_given, given_twice, .. } = found;
        let mut watched = Vec::new();
        let mut mentions = Mentions::default();
        for table in tables.iter_mut() {
            for row in &mut table.rows {
                Watched::forget(row);
                mentions.add(watched.len(), row, &identities[&table.table]);
                let agrees = Agrees { row: false, columns: vec![false; row.columns.len()] };
                let mut row = Watched { table: &table.table, row, state: None, agrees };
                row.becomes(None, None);
                watched.push(row);
            }
        }
        if watched.is_empty() && shards.iter().all(|shard| shard.equal) {
            return Ok(true);
        }
        if every_event {
            mentions = Mentions::all(watched.len());
        }
        let of = self.to.unwrap_or_else(|| live.most());
        let mut fold = Fold::new(self.view, scratch.schema_name(), self.events, Some(live)).await?;
        while fold.position() < of {
            let batch = fold.next(of).await?;
            for event in &batch {
                odd(shards, self.view, event, (not_given, given_twice));
            }
            let mut batch = fold.pick(batch, |shard| live.stands(shard).min(of));
            batch.retain(|event| !mentions.of(event).is_empty());
            if !batch.is_empty() {
                let transaction = client.transaction().await.map_err(failed("beginning to follow rows"))?;
                fold.enter(&transaction).await?;
                // Of few rows: the planner knows nothing of them.
                let plan = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off";
                transaction.batch_execute(plan).await.map_err(failed("beginning to follow rows"))?;
                for event in &batch {
                    fold.apply(&transaction, std::slice::from_ref(event)).await?;
                    let numbers = mentions.of(event);
                    let looked = look(&transaction, &mut watched, identities, &numbers, event).await;
                    looked.map_err(failed("following rows"))?;
                }
                transaction.commit().await.map_err(failed("following rows"))?;
            }
            tell(Progress::Tracing { reached: fold.position(), of });
        }
        let mut led = true;
        for row in &mut watched {
            row.end();
            led &= row.state == row.row.fold;
        }
        Ok(led)
    }
}

/// What tells rows from each other, of the tables that differ.
async fn identities(
    client: &mut ClientWrapper,
    live: &Live,
    found: &Comparison,
) -> Result<BTreeMap<String, Identity>, VerifyError> {
    let wrong = failed("looking how rows are told apart");
    let read = async {
        let snapshot = client.transaction().await?;
        let mut identities = BTreeMap::new();
        for table in found.tables.iter().filter(|table| !table.rows.is_empty()) {
            let identity = Identity::read(&snapshot, &live.schema_name, &table.table).await?;
            identities.insert(table.table.clone(), identity);
        }
        snapshot.rollback().await?;
        Ok(identities)
    };
    read.await.map_err(wrong)
}

/// The state of the rows with these numbers after an event, a statement for each table.
async fn look(
    transaction: &Transaction<'_>,
    watched: &mut [Watched<'_>],
    identities: &BTreeMap<String, Identity>,
    numbers: &[usize],
    event: &Recorded,
) -> Result<(), Error> {
    let mut by_table: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for &number in numbers {
        by_table.entry(watched[number].table).or_default().push(number);
    }
    for (table, numbers) in by_table {
        let keys: Vec<&Value> = numbers.iter().map(|&number| &watched[number].row.key).collect();
        let (name, on) = (quoted(table), identities[table].same("t", "k"));
        let sql = format!(
            "SELECT o.place - 1, to_jsonb(t) FROM jsonb_array_elements($1) WITH ORDINALITY AS o(key, place) \
             CROSS JOIN LATERAL jsonb_populate_record(NULL::{name}, o.key) AS k JOIN {name} t ON {on}"
        );
        let statement = transaction.prepare_cached(&sql).await?;
        let mut states = vec![None; numbers.len()];
        for row in transaction.query(&statement, &[&Json(keys)]).await? {
            let place = usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or(usize::MAX);
            if let Some(state) = states.get_mut(place) {
                *state = Some(row.try_get::<_, Json<Map<String, Value>>>(1)?.0);
            }
        }
        for (number, state) in numbers.into_iter().zip(states) {
            watched[number].becomes(state, Some(event));
        }
    }
    Ok(())
}

/// Whether this is the one event by which what a shard was given differs from what the log has for it.
fn odd(
    shards: &[VerifiedShard],
    view: &dyn View,
    event: &Recorded,
    (not_given, given_twice): (&mut Option<Divergence>, &mut Option<Divergence>),
) {
    let number = shard_of(event, u32::try_from(shards.len()).unwrap_or(u32::MAX));
    let Some(shard) = shards.iter().find(|shard| shard.shard == number && !shard.equal) else { return };
    let is_its = view.wants().include(event) && event.position <= shard.position;
    let (given, logged) = (shard.given, shard.logged);
    let half = i128::from(digest::of_event(event.event_id));
    if is_its && given.count + 1 == logged.count && logged.sum - given.sum == half {
        *not_given = Some(Divergence::at(event));
    } else if is_its && given.count == logged.count + 1 && given.sum - logged.sum == half {
        *given_twice = Some(Divergence::at(event));
    }
}
