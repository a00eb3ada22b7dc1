//! Usage: calls that the meter merges on one core, beside a bare counter in a table of the same keys; and what of
//! that a database takes.

mod store;

use std::{
    convert::Infallible,
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, ensure};
use chancery_gate::ClientId;
use chancery_sdk::meter::{Finished, Key, Meter, Outcome, Publisher, PublisherSettings, Sink};
use chancery_wire::usage::UsageBatch;
use hashbrown::HashMap;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    Arguments,
    measure::Run,
    report::{Case, Report},
};

/// Keys under which calls come: so many connections that call the same few operations.
const KEYS: u64 = 10_000;
/// Calls between two looks at the clock, as a busy gateway makes in a moment.
const ROUND: usize = 100;
const OPERATIONS: [(&str, &str, &str); 4] = [
    ("Contacts_GetList", "GET", "tn.crm.contacts:r"),
    ("Contacts_Get", "GET", "tn.crm.contacts:r"),
    ("Jobs_GetList", "GET", "tn.jpm.jobs:r"),
    ("Jobs_Create", "POST", "tn.jpm.jobs:w"),
];

pub async fn bench(arguments: &Arguments) -> anyhow::Result<Report> {
    let (runs, seconds) = (arguments.runs, arguments.seconds);
    let mut report = Report::new("usage", runs * 6);
    for (name, finished) in [("decisions", false), ("decisions, and calls that finished", true)] {
        let mut case = Case::new(format!("{name}, {KEYS} keys, one core"), "one addition in a bare table");
        if !case.is(&arguments.only) {
            continue;
        }
        for _ in 0..runs {
            case.limits.push(spawn_blocking(move || counted(seconds)).await??);
            report.step();
            case.runs.push(metered(seconds, finished).await?);
            report.step();
        }
        report.cases.push(case);
    }
    let name = format!("batches of {} keys into the database, {} together", store::ITEMS, store::SOURCES);
    let mut case = Case::new(name, "bare upserts of the same rows");
    if case.is(&arguments.only) {
        for _ in 0..runs {
            case.limits.push(store::bare(&arguments.database_url, seconds).await?);
            report.step();
            case.runs.push(store::added(&arguments.database_url, seconds).await?);
            report.step();
        }
        report.cases.push(case);
    }
    Ok(report)
}

/// A call of each key, in no order.
fn keys() -> anyhow::Result<Vec<Key<'static>>> {
    let key = |number: u64| {
        let (operation, method, scope) = OPERATIONS[usize::try_from(number % 4)?];
        let connection = number / 4;
        Ok(Key {
            app_id: Some(Uuid::from_u128(u128::from(connection % 50) << 64 | 1)),
            version: Some(3),
            tenant_id: Some(connection / 50 + 1),
            environment: Some("production"),
            client_id: Some(ClientId::parse(&format!("cid.{connection:025}")).context("a client id")?),
            secret_id: Some(Uuid::from_u128(u128::from(connection) << 64 | 2)),
            module: Some("crm"),
            operation: Some(operation),
            method: Some(method),
            scope: Some(scope),
            ..Key::only(Outcome::ALLOWED)
        })
    };
    // A stride without a common factor visits all of them.
    (0..KEYS).map(|number| key(number * 7_919 % KEYS)).collect()
}

/// Takes everything, and counts it.
#[derive(Debug, Default, Clone)]
struct Total(Arc<AtomicU64>);

impl Sink for Total {
    type Error = Infallible;

    async fn deliver(&self, batch: &UsageBatch) -> Result<(), Infallible> {
        self.0.fetch_add(batch.items.iter().map(|item| item.calls).sum(), Ordering::Relaxed);
        Ok(())
    }
}

/// One thread records; what is over is taken every second by another, as in a gateway. It fails unless what was told is
/// what was recorded.
async fn metered(seconds: f64, finished: bool) -> anyhow::Result<Run> {
    let (meter, total, stop) = (Arc::new(Meter::default()), Total::default(), CancellationToken::new());
    let publisher = Publisher::new(meter.clone(), total.clone(), PublisherSettings::default());
    let publishing = tokio::spawn(publisher.run(stop.clone().cancelled_owned()));
    let run = spawn_blocking(move || {
        let done =
            Finished { status: 200, latency: Duration::from_millis(12), bytes_in: 200, bytes_out: 4_096 };
        rounds(&keys()?, seconds, |key, now| {
            meter.record_decision(key, now);
            if finished {
                meter.record_finished(key, &done, now);
            }
        })
    })
    .await??;
    stop.cancel();
    publishing.await?;
    let told = total.0.load(Ordering::Relaxed);
    let recorded = if finished { run.operations * 2 } else { run.operations };
    ensure!(told == recorded, "recorded {recorded} calls, told {told}");
    Ok(run)
}

/// The same keys, each as it is, in a table of numbers that nobody else sees.
fn counted(seconds: f64) -> anyhow::Result<Run> {
    let mut counts: HashMap<Key<'static>, u64> = HashMap::new();
    let run = rounds(&keys()?, seconds, |key, _| *counts.entry(*key).or_default() += 1)?;
    black_box(counts);
    Ok(run)
}

fn rounds(
    keys: &[Key<'static>],
    seconds: f64,
    mut call: impl FnMut(&Key<'static>, i64),
) -> anyhow::Result<Run> {
    let (start, length) = (Instant::now(), Duration::from_secs_f64(seconds));
    let mut run = Run::new(seconds);
    for round in keys.chunks(ROUND).cycle() {
        if start.elapsed() >= length {
            break;
        }
        let now = SystemTime::UNIX_EPOCH.elapsed()?.as_secs().cast_signed();
        for key in round {
            call(black_box(key), now);
        }
        run.operations += round.len() as u64;
    }
    run.seconds = start.elapsed().as_secs_f64();
    Ok(run)
}
