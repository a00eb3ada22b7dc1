//! What the projection engine does with a log that stands: it keeps a build up, catches up with a backlog, and fills
//! another build, with one worker and with two. Beside it bare upserts of as many effects on as many keys, by as many
//! writers, and the fastest raw read of the same log.

mod bare;
mod log;
mod workers;

use crate::{
    Arguments, load,
    measure::Run,
    replay,
    report::{Case, Report},
};
use log::Log;

const WORKERS: [usize; 2] = [1, 2];
/// Events that come at once while a build is kept up, and effects in a transaction of the bare writer.
const BATCH: u64 = 5_000;

/// Live builds: events that come a batch at a time, and a backlog that is there at once.
pub async fn project(arguments: &Arguments) -> anyhow::Result<Report> {
    let (runs, events) = (arguments.runs, arguments.events);
    let mut report = Report::new("project", runs * WORKERS.len() * 3 + 1);
    let log = Log::fill(&arguments.database_url, "bench_project", events).await?;
    report.step();
    for workers in WORKERS {
        let name = |what: &str| format!("{what}, {workers} worker{}", if workers == 1 { "" } else { "s" });
        let mut cases = [
            Case::new(name("live"), "bare upserts of 5,000 effects"),
            Case::new(name("backlog"), "bare upserts of 5,000 effects"),
        ];
        for _ in 0..runs {
            let database = load::database(&arguments.database_url, "bench_project_limit").await?;
            let limit = bare::upserts(&database, workers, events, BATCH).await?;
            report.step();
            for (case, at_once) in cases.iter_mut().zip([BATCH, events]) {
                case.limits.push(limit.clone());
                if case.is(&arguments.only) {
                    case.runs.push(workers::live(&log, workers, at_once).await?);
                }
                report.step();
            }
        }
        report.cases.extend(cases.into_iter().filter(|case| case.is(&arguments.only)));
    }
    Ok(report)
}

/// Another build, from the request until readers are pointed at it.
pub async fn rebuild(arguments: &Arguments) -> anyhow::Result<Report> {
    let (runs, events) = (arguments.runs, arguments.events);
    let mut report = Report::new("rebuild", runs * WORKERS.len() * 2 + 1);
    let log = Log::fill(&arguments.database_url, "bench_rebuild", events).await?;
    report.step();
    for workers in WORKERS {
        let name = format!("{events} events, {workers} worker{}", if workers == 1 { "" } else { "s" });
        let mut case = Case::new(name, "binary row stream, data borrowed, parsed once");
        if !case.is(&arguments.only) {
            continue;
        }
        for _ in 0..runs {
            case.limits.push(replay::limit(&log.url, events).await?);
            report.step();
            case.runs.push(workers::rebuild(&log, workers).await?);
            report.step();
        }
        report.cases.push(case);
    }
    Ok(report)
}

/// What readers see of the whole log at `url`, and nobody who keeps it up.
pub async fn built(url: &str, events: u64) -> anyhow::Result<()> {
    let log = Log { url: url.to_owned(), events };
    workers::live(&log, 1, events).await.map(drop)
}

/// For an outside harness: every event's effect in the read table, from a log that stands.
pub async fn scenario(url: &str, events: u64) -> anyhow::Result<Run> {
    let log = Log::in_place(url, events).await?;
    workers::live(&log, 1, events).await
}
