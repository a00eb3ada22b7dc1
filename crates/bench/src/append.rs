//! Appends a second: many callers, one event each, expected versions, guards and command ids on.

use std::sync::Arc;

use anyhow::ensure;
use chancery_journal::{Appender, BatcherSettings, Journal, migrate};

use crate::{
    load,
    measure::{Run, Window, closed_loop},
    report::{Case, Report},
    sample::Line,
};

const CALLERS: [usize; 4] = [1, 8, 32, 128];

pub async fn bench(url: &str, window: Window, runs: usize) -> anyhow::Result<Report> {
    let mut report = Report::new("append", runs * CALLERS.len() * 2);
    for callers in CALLERS {
        let mut case = Case::new(format!("{callers} callers"), "bare coalesced INSERT … unnest");
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
    migrate(url).await?;
    let journal = Journal::open(url, 2)?;
    let appender = Appender::start(url, &journal, BatcherSettings::default())?;
    let states = (0..callers).map(|_| (Line::first(), appender.clone())).collect();
    let run = closed_loop(window, states, async |(line, appender): (Line, Appender)| {
        let result = appender.append(Arc::new(line.command())).await;
        ((line.next(), appender), result.map(drop).map_err(Into::into))
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
