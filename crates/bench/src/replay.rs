//! Events a second, read from the log, decoded into their messages and folded, beside the fastest raw read of the
//! same rows: a binary row stream on a current-thread runtime, the data borrowed and parsed once. And beside the same read
//! what `chancery replay` does with them: folded into the tables of a projection, and compared with what readers see. The
//! program is the one that people run; the most memory that it had is told beside.

use std::{borrow::Cow, collections::HashMap, time::Instant};

use anyhow::ensure;
use chancery_journal::Journal;
use chancery_wire::{Event, Position};
use futures_util::{StreamExt as _, TryStreamExt as _, pin_mut};
use serde::Deserialize;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use crate::{
    export::run,
    load,
    measure::Run,
    projection,
    report::{Case, Report},
    seed,
};

pub async fn bench(url: &str, events: u64, runs: usize, only: &str) -> anyhow::Result<Report> {
    let mut report = Report::new("replay", runs * 3 + 2);
    let database = seeded(url, events).await?;
    report.step();
    let limited_by = "binary row stream, data borrowed, parsed once";
    let mut folded = Case::new(format!("{events} events"), limited_by);
    let mut audited = Case::new(format!("{events} events into a projection, compared"), limited_by);
    if audited.is(only) {
        projection::built(&database, events).await?;
    }
    report.step();
    let mut memory = Vec::new();
    for _ in 0..runs {
        let limit = limit(&database, events).await?;
        report.step();
        if folded.is(only) {
            let url = database.clone();
            folded.limits.push(limit.clone());
            folded.runs.push(alone(move || fold(url, events)).await?);
        }
        report.step();
        if audited.is(only) {
            audited.limits.push(limit);
            let (took, most) = run(&database, &["replay", "connections", "--compare"])?;
            let mut replayed = Run::new(took.as_secs_f64());
            replayed.record(took, events);
            audited.runs.push(replayed);
            memory.push(format!("{events} events: {most} kB"));
        }
        report.step();
    }
    report.cases.extend([folded, audited].into_iter().filter(|case| case.is(only)));
    if !memory.is_empty() {
        eprintln!("most memory (VmHWM) of the program:\n  {}", memory.join("\n  "));
    }
    Ok(report)
}

/// The fastest raw read of the log at `url`, in one run.
pub async fn limit(url: &str, events: u64) -> anyhow::Result<Run> {
    let url = url.to_owned();
    alone(move || raw(url, events)).await
}

/// One run on an empty database.
pub async fn chancery(url: &str, events: u64) -> anyhow::Result<Run> {
    seed::fill(url, events).await?;
    let url = url.to_owned();
    alone(move || fold(url, events)).await
}

async fn seeded(url: &str, events: u64) -> anyhow::Result<String> {
    let database = load::database(url, "bench_replay").await?;
    seed::fill(&database, events).await?;
    Ok(database)
}

/// Runs on a thread and a current-thread runtime of its own.
async fn alone<Work, Done>(work: Work) -> anyhow::Result<Run>
where
    Work: FnOnce() -> Done + Send + 'static,
    Done: Future<Output = anyhow::Result<Run>>,
{
    let thread = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work())
    });
    tokio::task::spawn_blocking(move || thread.join().unwrap_or_else(|_| anyhow::bail!("the run panicked")))
        .await?
}

/// The product: every event decoded into its message, and the granted version kept by connection.
async fn fold(url: String, events: u64) -> anyhow::Result<Run> {
    let journal = Journal::open(&url, 1)?;
    let mut granted: HashMap<(Uuid, u64), i64> = HashMap::new();
    let (start, mut count) = (Instant::now(), 0);
    let rows = journal.scan(Position::START, Position::new(events)).await?;
    pin_mut!(rows);
    while let Some(event) = rows.try_next().await? {
        let version = match event.decode()? {
            Event::TenantConnected(connected) => Some(connected.version),
            Event::VersionUpgraded(upgraded) => Some(upgraded.version),
            _ => None,
        };
        if let (Some(version), Some(app), Some(tenant)) = (version, event.key_app, event.key_tenant) {
            granted.insert((app, tenant), version);
        }
        count += 1;
    }
    done(start, count, events, &granted)
}

#[derive(Deserialize)]
struct Upgraded<'a> {
    #[serde(borrow)]
    version: Cow<'a, str>,
}

struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON
    }
}

/// The limit: only what the fold needs is asked for, nothing is copied.
async fn raw(url: String, events: u64) -> anyhow::Result<Run> {
    let client = load::connect(&url).await?;
    let mut granted: HashMap<(Uuid, u64), i64> = HashMap::new();
    let sql = "SELECT position, stream, version, type, recorded_at, key_app, key_tenant, data \
               FROM events WHERE position <= $1 ORDER BY position";
    let statement = client.prepare(sql).await?;
    let (start, mut count) = (Instant::now(), 0);
    let rows = client.query_raw(&statement, [events.cast_signed()]).await?;
    pin_mut!(rows);
    while let Some(row) = rows.next().await {
        let row = row?;
        let (_position, _stream, _version): (i64, &str, i64) = (row.get(0), row.get(1), row.get(2));
        if matches!(row.get(3), "TenantConnected" | "VersionUpgraded") {
            let upgraded: Upgraded<'_> = serde_json::from_slice(row.get::<_, Raw<'_>>(7).0)?;
            granted.insert((row.get(5), row.get::<_, i64>(6).cast_unsigned()), upgraded.version.parse()?);
        }
        count += 1;
    }
    done(start, count, events, &granted)
}

fn done(start: Instant, count: u64, events: u64, granted: &HashMap<(Uuid, u64), i64>) -> anyhow::Result<Run> {
    let took = start.elapsed();
    ensure!(count == events, "read {count} of {events} events");
    ensure!(!granted.is_empty(), "nothing was folded");
    let mut run = Run::new(took.as_secs_f64());
    run.operations = count;
    Ok(run)
}
