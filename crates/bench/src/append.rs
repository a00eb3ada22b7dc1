//! Appends a second: many callers, one event each, expected versions, guards and command ids on.

use std::sync::Arc;

use anyhow::ensure;
use chancery_journal::{Appender, BatcherSettings, Journal, migrate};

use crate::{
    Arguments, load,
    measure::{Run, Window, closed_loop},
    report::{Case, Report},
    sample::Line,
};

const CALLERS: [usize; 4] = [1, 8, 32, 128];

pub async fn bench(arguments: &Arguments, window: Window) -> anyhow::Result<Report> {
    let (url, runs) = (&arguments.database_url, arguments.runs);
    let mut report = Report::new("append", runs * CALLERS.len() * 2);
    for callers in CALLERS {
        let mut case = Case::new(format!("{callers} callers"), "bare coalesced INSERT … unnest");
        if !case.is(&arguments.only) {
            continue;
        }
        for _ in 0..runs {
            let database = load::database(url, "bench_append_limit").await?;
            case.limits.push(load::coalesced_insert(&database, callers, window).await?);
            report.step();
            let database = load::database(url, "bench_append").await?;
            case.runs.push(chancery(&database, callers, window).await?);
            report.step();
        }
        report.cases.push(case);
    }
    Ok(report)
}

/// One run on an empty database; it fails unless the log holds exactly what was acknowledged.
pub async fn chancery(url: &str, callers: usize, window: Window) -> anyhow::Result<Run> {
    run(url, callers, window, false).await
}

/// The same, but each caller first reads its stream and folds it.
pub async fn command(url: &str, callers: usize, window: Window) -> anyhow::Result<Run> {
    run(url, callers, window, true).await
}

async fn run(url: &str, callers: usize, window: Window, load_first: bool) -> anyhow::Result<Run> {
    migrate(url).await?;
    let journal = Journal::open(url, callers.min(32))?;
    let appender = Appender::start(url, &journal, BatcherSettings::default())?;
    let states =
        (0..callers).map(|_| (Line::first(), appender.clone(), journal.clone(), load_first)).collect();
    let run = closed_loop(window, states, async |caller: Caller| {
        let result = step(&caller).await;
        let (line, appender, journal, load_first) = caller;
        ((line.next(), appender, journal, load_first), result)
    })
    .await?;
    ensure!(run.errors == 0, "{} appends failed", run.errors);
    let head = journal.head().await?.position.get();
    let row = load::connect(url).await?.query_one("SELECT count(*), max(position) FROM events", &[]).await?;
    let (count, last): (i64, i64) = (row.get(0), row.get(1));
    ensure!(count == last && head == last.cast_unsigned(), "the log has a hole: {count} events, last {last}");
    ensure!(count.cast_unsigned() >= run.operations, "acknowledged {} but found {count}", run.operations);
    Ok(run)
}

/// Its place, the way in, the way out, and whether it reads its stream first.
type Caller = (Line, Appender, Journal, bool);

#[derive(serde::Deserialize)]
struct Quantity {
    quantity: u64,
}

async fn step((line, appender, journal, load_first): &Caller) -> anyhow::Result<()> {
    if *load_first {
        let events = journal.stream(&line.stream(), 0).await?;
        let mut folded = 0;
        for event in &events {
            folded += serde_json::from_slice::<Quantity>(&event.data)?.quantity;
        }
        std::hint::black_box(folded);
        ensure!(events.len() as u64 == line.number - 1, "the stream is not where its caller left it");
    }
    appender.append(Arc::new(line.command())).await?;
    Ok(())
}
