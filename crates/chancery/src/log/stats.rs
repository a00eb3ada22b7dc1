//! `chancery log stats`: how much of what the log has, and where it is.
//!
//! Nothing here reads the events: types are counted in the keys that filters go by, streams in their index, days by the
//! positions at their midnights. What is not in the keys yet is counted from the events themselves.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chancery_journal::Journal;
use chancery_wire::{Event, Position};
use clap::Args;
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde::Serialize;
use tokio_postgres::{IsolationLevel, Transaction};
use uuid::Uuid;

use crate::{
    cli::Output,
    output::{self, or_dash},
};

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// Count the events of so many days up to now, in UTC
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(0..=366))]
    days: u16,
}

#[derive(Debug, Serialize)]
struct Found {
    log_id: Uuid,
    events: u64,
    streams: u64,
    first_recorded_at: Option<Timestamp>,
    last_recorded_at: Option<Timestamp>,
    /// The size of the last checkpoint: so many events are sealed.
    sealed: u64,
    /// What filters go by knows so many events.
    indexed: u64,
    database_bytes: u64,
    types: Vec<Kind>,
    days: Vec<Day>,
    tables: Vec<Room>,
}

#[derive(Debug, Serialize)]
struct Kind {
    category: String,
    #[serde(rename = "type")]
    event_type: String,
    events: u64,
}

#[derive(Debug, Serialize)]
struct Day {
    day: Date,
    events: u64,
}

/// What a table takes, or the tables of all views together.
#[derive(Debug, Serialize)]
struct Room {
    table: String,
    bytes: u64,
    index_bytes: u64,
}

pub(super) async fn stats(journal: &Journal, stats: &Stats, output: Output) -> anyhow::Result<()> {
    let mut client = journal.client().await?;
    let snapshot = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .context("beginning to count")?;
    let mut found = sizes(&snapshot).await.context("looking at the log's tables")?;
    let head = Position::new(found.events);
    found.types = types(&snapshot, &found).await.context("counting the types of events")?;
    found.streams = streams(&snapshot).await.context("counting streams")?;
    snapshot.rollback().await.context("ending the count")?;
    drop(client);
    found.days = days(journal, head, stats.days).await?;
    print(output, &found)
}

const HEAD: &str = "SELECT h.log_id, h.position, \
        (SELECT e.recorded_at FROM events e WHERE e.position = 1), \
        (SELECT e.recorded_at FROM events e WHERE e.position = h.position), \
        coalesce((SELECT max(size) FROM seals), 0), \
        (SELECT least(c.position, h.position) FROM event_keys_checkpoint c), \
        pg_database_size(current_database()) \
    FROM head h";
/// The views are many, and of many builds.
const SIZES: &str = "SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE 'views' END, \
        sum(pg_table_size(c.oid))::bigint, sum(pg_indexes_size(c.oid))::bigint \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind = 'r' \
      AND (n.nspname = 'public' AND c.relname IN ('events', 'commands', 'event_keys', 'seals', 'seal_tiles') \
           OR n.nspname LIKE 'view\\_%') \
    GROUP BY 1 ORDER BY 2 DESC, 1";

async fn sizes(snapshot: &Transaction<'_>) -> Result<Found, tokio_postgres::Error> {
    let row = snapshot.query_one(HEAD, &[]).await?;
    let number = |at: usize| row.get::<_, i64>(at).cast_unsigned();
    let tables = snapshot.query(SIZES, &[]).await?;
    let tables = tables.iter().map(|row| Room {
        table: row.get(0),
        bytes: row.get::<_, i64>(1).cast_unsigned(),
        index_bytes: row.get::<_, i64>(2).cast_unsigned(),
    });
    Ok(Found {
        log_id: row.get(0),
        events: number(1),
        streams: 0,
        first_recorded_at: row.get(2),
        last_recorded_at: row.get(3),
        sealed: number(4),
        indexed: number(5),
        database_bytes: number(6),
        types: Vec::new(),
        days: Vec::new(),
        tables: tables.collect(),
    })
}

const INDEXED: &str = include_str!("stats/indexed.sql");
const NOT_INDEXED: &str = "SELECT category, type, count(*) FROM events WHERE position > $1 AND position <= $2 \
                           GROUP BY category, type";

async fn types(snapshot: &Transaction<'_>, found: &Found) -> Result<Vec<Kind>, tokio_postgres::Error> {
    let (indexed, head) = (found.indexed.cast_signed(), found.events.cast_signed());
    let (known, categories): (Vec<&str>, Vec<&str>) =
        Event::TYPES.iter().map(|(name, category, _)| (*name, *category)).unzip();
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    let counted = snapshot.query(INDEXED, &[&known, &categories, &indexed]).await?;
    for row in counted.iter().chain(&snapshot.query(NOT_INDEXED, &[&indexed, &head]).await?) {
        *counts.entry((row.get(0), row.get(1))).or_default() += row.get::<_, i64>(2).cast_unsigned();
    }
    // Of newer programs than this one.
    let rest = found.events.saturating_sub(counts.values().sum());
    counts.insert(("-".to_owned(), "unknown to this program".to_owned()), rest);
    counts.retain(|_, events| *events > 0);
    let types = counts.into_iter();
    Ok(types.map(|((category, event_type), events)| Kind { category, event_type, events }).collect())
}

/// Each has one first version. The index has both columns, and is all that is read.
async fn streams(snapshot: &Transaction<'_>) -> Result<u64, tokio_postgres::Error> {
    snapshot.batch_execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off").await?;
    let row = snapshot.query_one("SELECT count(*) FROM events WHERE version = 1", &[]).await?;
    Ok(row.get::<_, i64>(0).cast_unsigned())
}

/// The days up to now on which something happened, the last one first.
async fn days(journal: &Journal, head: Position, most: u16) -> anyhow::Result<Vec<Day>> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let (mut days, mut end) = (Vec::new(), head);
    for back in 0..i64::from(most) {
        let day = today.checked_sub(back.days())?;
        let midnight = day.to_zoned(TimeZone::UTC)?.timestamp();
        // Where the database's clock is behind, today has not begun.
        let before = journal.position_before(midnight).await?.map_or(end, |before| before.min(end));
        let events = end.get() - before.get();
        if events > 0 {
            days.push(Day { day, events });
        }
        end = before;
        if end == Position::START {
            break;
        }
    }
    Ok(days)
}

fn print(output: Output, found: &Found) -> anyhow::Result<()> {
    let rows = [
        ("log", found.log_id.to_string()),
        ("events", found.events.to_string()),
        ("streams", found.streams.to_string()),
        ("first", or_dash(found.first_recorded_at)),
        ("last", or_dash(found.last_recorded_at)),
        ("sealed up to", found.sealed.to_string()),
        ("filters go by", found.indexed.to_string()),
        ("database", bytes(found.database_bytes)),
    ];
    output::one(output, found, &rows)?;
    if output == Output::Json {
        return Ok(());
    }
    output::list(output, &found.types, &["category", "type", "events"], |one| {
        vec![one.category.clone(), one.event_type.clone(), one.events.to_string()]
    })?;
    output::list(output, &found.days, &["day (UTC)", "events"], |one| {
        vec![one.day.to_string(), one.events.to_string()]
    })?;
    output::list(output, &found.tables, &["table", "rows take", "indexes take"], |one| {
        vec![one.table.clone(), bytes(one.bytes), bytes(one.index_bytes)]
    })
}

/// In the largest unit of which there are some.
fn bytes(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let unit = (bytes.max(1).ilog2() / 10).min(4);
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point")]
    let number = bytes as f64 / f64::from(1 << 10_u32).powi(unit.cast_signed());
    let decimals = usize::from(unit > 0);
    format!("{number:.decimals$} {}", units[unit as usize])
}
