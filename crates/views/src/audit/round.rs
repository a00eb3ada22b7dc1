//! One view's audit.

use std::{collections::BTreeMap, time::Duration};

use chancery_wire::Position;
use deadpool_postgres::{ClientWrapper, Transaction};
use tokio::time::Instant;
use tokio_postgres::{IsolationLevel, Row, error::SqlState};

use super::{
    AuditError,
    events::count,
    failed,
    pace::Pace,
    store::{forget_others, remember},
};
use crate::{Digest, View, digest};

const SHARDS: &str = include_str!("shards.sql");
/// Where the rows of all shards are written down.
const WHOLE: i32 = -1;

/// A shard as it stands, and what was counted for it before.
struct Shard {
    schema_name: String,
    number: i32,
    position: Position,
    given: Digest,
    shards: i32,
    head: Position,
    counted_to: Position,
    counted: Digest,
}

impl Shard {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            schema_name: row.try_get(0)?,
            number: row.try_get(1)?,
            position: Position::from_i64(row.try_get(2)?),
            given: Digest::from_row(row, 3, 4)?,
            shards: row.try_get(5)?,
            head: Position::from_i64(row.try_get(6)?),
            counted_to: Position::from_i64(row.try_get(7)?),
            counted: Digest::from_row(row, 8, 9)?,
        })
    }

    /// What is wrong with where it stands, or with what it was given once all of that is counted.
    fn difference(&self) -> Option<String> {
        let Self { number, position, given, head, counted_to, counted, .. } = self;
        if position > head {
            return Some(format!("shard {number} stands at {position}, the log ends at {head}"));
        }
        if position < counted_to {
            return Some(format!("shard {number} went back from {counted_to} to {position}"));
        }
        if position > counted_to || given == counted {
            return None;
        }
        Some(if given.count == counted.count {
            format!("shard {number} was given other events up to {position} than the log has for it")
        } else {
            let (given, counted) = (given.count, counted.count);
            format!("shard {number} was given {given} events up to {position}, the log has {counted} for it")
        })
    }
}

/// What the engine wrote, and what is there.
struct Rows {
    kept: Digest,
    found: Digest,
}

impl Rows {
    fn difference(&self) -> Option<String> {
        let Self { kept, found } = self;
        if kept == found {
            return None;
        }
        Some(if kept.count == found.count {
            format!("some of the {} rows are not what the engine wrote", found.count)
        } else {
            format!("the engine wrote {} rows, there are {}", kept.count, found.count)
        })
    }
}

/// Compares the live build of `view`, if it is there in this version: its shards with the log as far as it can be counted
/// until then, and its rows when they are due.
pub(super) async fn audit(
    client: &mut ClientWrapper,
    view: &'static dyn View,
    pace: &mut Pace,
    until: Instant,
) -> Result<(), AuditError> {
    let snapshot = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .map_err(failed("beginning the audit's snapshot"))?;
    let mut shards = shards(&snapshot, view).await?;
    let Some(schema_name) = shards.first().map(|shard| shard.schema_name.clone()) else { return Ok(()) };
    let rows = if pace.is_due(view.name()) { rows(&snapshot, view, &schema_name, pace).await? } else { None };
    // What the log has up to a position never changes: no snapshot is held while it is counted.
    snapshot.rollback().await.map_err(failed("ending the audit's snapshot"))?;

    catch_up(client, view, &mut shards, until).await?;
    forget_others(client, view.name(), &schema_name).await?;
    for shard in &shards {
        let difference = shard.difference();
        let counted = (shard.counted_to, shard.counted);
        write_down(client, view, &schema_name, shard.number, counted, difference).await?;
    }
    if let Some(rows) = rows {
        let least = shards.iter().map(|shard| shard.position).min().unwrap_or_default();
        write_down(client, view, &schema_name, WHOLE, (least, rows.found), rows.difference()).await?;
    }
    Ok(())
}

async fn shards(snapshot: &Transaction<'_>, view: &dyn View) -> Result<Vec<Shard>, AuditError> {
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
        [&view.name(), &view.version().cast_signed()];
    let rows = snapshot.query(SHARDS, &parameters).await;
    let rows = rows.map_err(failed("reading the shards of a view"))?;
    rows.iter().map(Shard::from_row).collect::<Result<_, _>>().map_err(failed("reading a shard of a view"))
}

/// The rows of the build, if they can be read in time.
async fn rows(
    snapshot: &Transaction<'_>,
    view: &'static dyn View,
    schema_name: &str,
    pace: &mut Pace,
) -> Result<Option<Rows>, AuditError> {
    let began = Instant::now();
    let kept = digest::kept(snapshot, schema_name).await.map_err(failed("reading the digest of a view"))?;
    let found = digest::tables(snapshot, schema_name).await;
    pace.took(view.name(), began.elapsed());
    match found {
        Ok(tables) => Ok(Some(Rows { kept, found: tables.into_iter().map(|(_, digest)| digest).sum() })),
        Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => {
            let took: Duration = began.elapsed();
            tracing::warn!(
                view = view.name(),
                ?took,
                "a view has more rows than an audit reads: verify it instead"
            );
            Ok(None)
        }
        Err(error) => Err(failed("counting the rows of a view")(error)),
    }
}

/// Counts the log for all shards that stand ahead of what was counted. Those of one group stand together, and so each
/// part of the log is counted once.
async fn catch_up(
    client: &ClientWrapper,
    view: &dyn View,
    shards: &mut [Shard],
    until: Instant,
) -> Result<(), AuditError> {
    let mut parts: BTreeMap<(Position, Position), Vec<&mut Shard>> = BTreeMap::new();
    for shard in shards.iter_mut().filter(|shard| shard.counted_to < shard.position) {
        parts.entry((shard.counted_to, shard.position)).or_default().push(shard);
    }
    for ((from, to), shards) in parts {
        let of = shards.first().map_or(1, |shard| shard.shards);
        let (reached, digests) = count(client, view, of, from, to, until).await?;
        for shard in shards {
            shard.counted_to = reached;
            let digest = usize::try_from(shard.number).ok().and_then(|at| digests.get(at));
            shard.counted += digest.copied().unwrap_or_default();
        }
    }
    Ok(())
}

async fn write_down(
    client: &ClientWrapper,
    view: &dyn View,
    schema_name: &str,
    shard: i32,
    counted: (Position, Digest),
    difference: Option<String>,
) -> Result<(), AuditError> {
    if let Some(difference) = &difference {
        tracing::error!(view = view.name(), schema_name, difference, "a projection differs: rebuild it");
    }
    remember(client, view.name(), schema_name, shard, counted, difference.as_deref())
        .await
        .map_err(failed("remembering what the audit found"))
}
