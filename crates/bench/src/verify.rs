//! Events a second that the sealer seals and that `chancery log verify` recounts, beside what limits it: the fastest read
//! of the same rows, and SHA-256 of the same bytes on one core, whichever is slower. The program is the one that people
//! run; the most memory that it had is told beside.

use std::time::{Duration, Instant};

use anyhow::ensure;
use chancery_journal::{Journal, Sealer, SealerSettings};
use chancery_wire::audit::SigningKey;
use futures_util::{StreamExt as _, pin_mut};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::{
    export::{read, run},
    load,
    measure::Run,
    report::{Case, Report},
    seed,
    servers::MASTER,
};

/// Rows that are hashed over and over, so that they need not all be in memory.
const ROWS: u64 = 10_000;

pub async fn bench(url: &str, events: u64, runs: usize) -> anyhow::Result<Report> {
    let mut report = Report::new("verify", runs * 3 + 2);
    let database = load::database(url, "bench_verify").await?;
    seed::fill(&database, events).await?;
    report.step();
    let mut case = Case::new(format!("sealing {events} events that were there"), "");
    case.runs.push(seal(&database, events).await?);
    report.cases.push(case);
    report.step();

    let rows = rows(&database).await?;
    let mut memory = Vec::new();
    let mut case = Case::new(
        format!("verifying {events} events"),
        "the slower of COPY in binary, dropped, and SHA-256 of it on one core",
    );
    for _ in 0..runs {
        let read = read(&database, events).await?;
        report.step();
        let hashed = hash(&rows, events);
        eprintln!("COPY {:.0}/s, SHA-256 {:.0}/s", read.rate(), hashed.rate());
        case.limits.push(if read.rate() < hashed.rate() { read } else { hashed });
        report.step();
        let (took, most) = run(&database, &["log", "verify", "--seal-key", MASTER])?;
        let mut verified = Run::new(took.as_secs_f64());
        verified.record(took, events);
        case.runs.push(verified);
        memory.push(format!("{events} events: {most} kB"));
        report.step();
    }
    report.cases.push(case);
    eprintln!("most memory (VmHWM) of the program:\n  {}", memory.join("\n  "));
    Ok(report)
}

/// A sealer that finds a log.
async fn seal(database: &str, events: u64) -> anyhow::Result<Run> {
    let journal = Journal::open(database, 2)?;
    let name = format!("chancery/{}", journal.head().await?.log_id);
    let key = SigningKey::parse(&name, MASTER)?;
    let sealer = Sealer::new(database, &journal, key, Vec::new(), SealerSettings::default())?;
    let (stats, stop, start) = (sealer.stats(), CancellationToken::new(), Instant::now());
    let task = tokio::spawn(sealer.run(stop.clone()));
    while stats.size() < events {
        ensure!(start.elapsed() < Duration::from_mins(10), "only {} events are sealed", stats.size());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut run = Run::new(start.elapsed().as_secs_f64());
    run.record(start.elapsed(), events);
    stop.cancel();
    task.await?;
    Ok(run)
}

/// The first rows, as COPY sends them.
async fn rows(database: &str) -> anyhow::Result<Vec<bytes::Bytes>> {
    let client = load::connect(database).await?;
    let rows = client.copy_out(&chancery_journal::copy_events(0, ROWS)).await?;
    pin_mut!(rows);
    let mut found = Vec::new();
    while let Some(row) = rows.next().await {
        found.push(row?);
    }
    Ok(found)
}

fn hash(rows: &[bytes::Bytes], events: u64) -> Run {
    let (start, mut seen) = (Instant::now(), 0_u8);
    for (row, _) in rows.iter().cycle().zip(0..events) {
        seen ^= Sha256::digest(row)[0];
    }
    std::hint::black_box(seen);
    let mut run = Run::new(start.elapsed().as_secs_f64());
    run.record(start.elapsed(), events);
    run
}
