//! `chancery relay`

use chancery_journal::Journal;
use chancery_relay::{StatusReport, reset, status};
use chancery_wire::Topology;
use clap::{Args, Subcommand};

use crate::{
    cli::{Database, Output},
    difference::Difference,
    nats,
    output::{self, or_dash},
};

/// Exit codes: 0 in step; 1 failed or refused; 2 wrong usage; 3 the stream is not what the log needs, and the verdict says
/// why.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// NATS, as the user that may publish
    #[arg(long, env = "NATS_URL", hide_env_values = true, global = true, default_value = "")]
    nats_url: String,
    /// Copies of each message in a NATS cluster
    #[arg(long, env = "CHANCERY_NATS_REPLICAS", default_value_t = 1, global = true)]
    nats_replicas: usize,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare the stream with the log; 3 where it is not in step
    Status,
    /// Delete the stream and make it anew for this log; the relay publishes everything again
    Reset {
        /// Give the log another id first, after it was restored to an earlier point; stop all servers before. Consumers
        /// see that it is another log, and begin anew
        #[arg(long)]
        new_log_id: bool,
    },
}

pub(crate) async fn run(database: &Database, options: Options, output: Output) -> anyhow::Result<()> {
    anyhow::ensure!(!options.nats_url.is_empty(), "name NATS with --nats-url or NATS_URL");
    let url = database.url()?;
    // Where there is no stream to make, the log keeps its id.
    let client = nats::connect_now(&options.nats_url).await?;
    if let Command::Reset { new_log_id: true } = options.command {
        chancery_journal::renew_log_id(url).await?;
    }
    let journal = Journal::open(url, 2)?;
    let (topology, replicas) = (Topology::default(), options.nats_replicas);
    let report = match options.command {
        Command::Status => status(&client, &journal, &topology, replicas).await?,
        Command::Reset { .. } => reset(&client, &journal, &topology, replicas).await?,
    };
    show(&report, output)?;
    outcome(&report)
}

/// A stream that is not published to differs from what the log needs, whatever is wrong with it.
fn outcome(report: &StatusReport) -> anyhow::Result<()> {
    match report.verdict {
        "in_step" => Ok(()),
        verdict => Err(Difference(format!("the stream is not in step with the log: {verdict}")).into()),
    }
}

fn show(report: &StatusReport, output: Output) -> anyhow::Result<()> {
    let rows = [
        ("verdict", report.verdict.to_owned()),
        ("what to do", report.advice.clone().unwrap_or_else(|| "nothing".to_owned())),
        ("log", report.log_id.to_string()),
        ("head", report.head.to_string()),
        ("stream", report.stream.clone()),
        ("stream's log", or_dash(report.stream_log_id)),
        ("first sequence", or_dash(report.first_sequence)),
        ("last sequence", or_dash(report.last_sequence)),
        ("lag", report.lag.to_string()),
    ];
    output::one(output, report, &rows)
}
