//! Events a second that `chancery log export` writes, beside the fastest read of the same rows: COPY in binary, of which
//! nothing is looked at. The program is the one that people run; the most memory that it had is told beside.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use futures_util::{StreamExt as _, pin_mut};

use crate::{
    load,
    measure::Run,
    report::{Case, Report},
    seed,
    servers::beside,
};

/// What is measured: name, and how it is asked for.
const CASES: [(&str, &[&str]); 3] = [
    ("NDJSON", &["--format", "ndjson", "--compression", "none"]),
    ("NDJSON, zstd", &["--format", "ndjson", "--compression", "zstd"]),
    ("CSV, zstd", &["--format", "csv", "--compression", "zstd"]),
];

pub async fn bench(url: &str, events: u64, runs: usize, only: &str) -> anyhow::Result<Report> {
    let wanted = CASES.into_iter().filter(|(name, _)| only.is_empty() || name.contains(only));
    let wanted: Vec<_> = wanted.collect();
    let mut report = Report::new("export", wanted.len() * (2 * runs + 1) + 2 + runs);
    let database = load::database(url, "bench_export").await?;
    seed::fill(&database, events).await?;
    report.step();
    let folder = std::env::temp_dir().join(format!("chancery-bench-export-{}", std::process::id()));
    let mut memory = Vec::new();
    for (name, options) in wanted {
        let mut case = Case::new(format!("{name}, {events} events"), "COPY in binary, dropped");
        for _ in 0..runs {
            case.limits.push(read(&database, events).await?);
            report.step();
            let (run, most) = export(&database, &folder, options, events)?;
            case.runs.push(run);
            memory.push(format!("{name}, {events} events: {most} kB"));
            report.step();
        }
        // The same of a tenth: what is in memory does not grow with the log.
        let (_, most) = export(&database, &folder, options, events / 10)?;
        memory.push(format!("{name}, {} events: {most} kB", events / 10));
        report.step();
        report.cases.push(case);
    }
    export(&database, &folder, CASES[0].1, events)?;
    let mut case = Case::new(format!("import of NDJSON, {events} events"), "");
    for _ in 0..runs {
        let empty = load::database(url, "bench_import").await?;
        chancery_journal::migrate(&empty).await?;
        let (took, most) = run(&empty, &["log", "import", &folder.display().to_string()])?;
        let mut run = Run::new(took.as_secs_f64());
        run.record(took, events);
        case.runs.push(run);
        memory.push(format!("import, {events} events: {most} kB"));
        report.step();
    }
    report.cases.push(case);
    fs::remove_dir_all(&folder)?;
    eprintln!("most memory (VmHWM) of the program:\n  {}", memory.join("\n  "));
    Ok(report)
}

/// The limit: every row arrives and none is looked at.
pub async fn read(database: &str, events: u64) -> anyhow::Result<Run> {
    let client = load::connect(database).await?;
    let columns = chancery_journal::EVENT_COLUMNS;
    let start = Instant::now();
    let copy = format!("COPY (SELECT {columns} FROM events ORDER BY position) TO STDOUT (FORMAT binary)");
    let rows = client.copy_out(&copy).await?;
    pin_mut!(rows);
    let mut bytes = 0;
    while let Some(row) = rows.next().await {
        bytes += row?.len() as u64;
    }
    ensure!(bytes > events * 100, "that was not the log: {bytes} bytes");
    let mut run = Run::new(start.elapsed().as_secs_f64());
    run.record(start.elapsed(), events);
    Ok(run)
}

fn export(database: &str, folder: &Path, options: &[&str], events: u64) -> anyhow::Result<(Run, u64)> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let (folder, through) = (folder.display().to_string(), events.to_string());
    let arguments = ["log", "export", &folder, "--through", &through];
    let (took, most) = run(database, &[&arguments[..], options].concat())?;
    let mut run = Run::new(took.as_secs_f64());
    run.record(took, events);
    Ok((run, most))
}

/// How long the program took, and the most memory that it had, in kB.
pub fn run(database: &str, arguments: &[&str]) -> anyhow::Result<(Duration, u64)> {
    let program: PathBuf = beside("chancery")?;
    let start = Instant::now();
    let mut command = Command::new(program);
    command.args(arguments).env("DATABASE_URL", database).stdout(Stdio::null());
    let mut child = command.spawn().context("starting chancery")?;
    let mut most = 0;
    loop {
        most = most.max(resident(&child));
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "{arguments:?} ended with {status}");
            return Ok((start.elapsed(), most));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The kernel's own record of the most that was resident.
fn resident(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
