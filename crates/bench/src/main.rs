//! Figures for each hot path: median of several runs with the least and the most, p50 and p99, and the ratio to
//! the physical limit, measured in the same run on the same server, round robin. `cargo xtask bench` starts this
//! on private servers; `--scenario` speaks the contract of an outside harness instead.

mod append;
mod commands;
mod follow;
mod gate;
mod http;
mod latency;
mod load;
mod measure;
mod nats;
mod pages;
mod portal;
mod replay;
mod report;
mod sample;
mod seed;

use clap::Parser;

/// The one that the program has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser, Debug)]
struct Arguments {
    /// Which figures.
    #[arg(value_enum, required_unless_present = "scenario")]
    bench: Option<Bench>,
    /// A Postgres login that may create databases.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, alias = "dsn")]
    database_url: String,
    #[arg(long, env = "NATS_URL", hide_env_values = true, default_value = "", alias = "nats")]
    nats_url: String,
    /// Print one JSON object on the last line, beside the table.
    #[arg(long)]
    json: bool,
    /// Runs of each case; the median counts.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Measured seconds of a run.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Seconds before the clock starts.
    #[arg(long, default_value_t = 1.0)]
    warmup: f64,
    /// Only the cases whose name holds this text
    #[arg(long, default_value = "")]
    only: String,
    /// One scenario on the database given, one JSON object on the last line.
    #[arg(long, value_enum)]
    scenario: Option<Scenario>,
    #[arg(long, default_value_t = 1)]
    concurrency: usize,
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Connections of the portal whose pages are read.
    #[arg(long, default_value_t = 1_000_000)]
    connections: u64,
}

#[derive(clap::ValueEnum, Debug, Clone, Copy)]
enum Bench {
    /// Appends a second, from 1 to 128 callers
    Append,
    /// HTTP commands a second, at 1 and 64 connections
    Commands,
    /// Events decoded and folded a second
    Replay,
    /// From commit to the stream's acknowledgement, and to the view
    Latency,
    /// Pages of a portal with a million connections
    Pages,
    /// Calls that the gate decides, at a million connections
    Gate,
}

#[derive(clap::ValueEnum, Debug, Clone, Copy)]
enum Scenario {
    Append,
    Command,
    Replay,
    Project,
    Relay,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let window = measure::Window { warmup: arguments.warmup, seconds: arguments.seconds };
    let url = &arguments.database_url;
    if let Some(scenario) = arguments.scenario {
        let run = match scenario {
            Scenario::Append => append::chancery(url, arguments.concurrency, window).await?,
            Scenario::Replay => replay::chancery(url, arguments.events).await?,
            Scenario::Command => append::command(url, arguments.concurrency, window).await?,
            Scenario::Project => follow::project(url, arguments.events).await?,
            Scenario::Relay => follow::relay(url, &arguments.nats_url, arguments.events).await?,
        };
        println!("{}", run.contract());
        return Ok(());
    }
    let report = match arguments.bench.unwrap_or(Bench::Append) {
        Bench::Append => append::bench(&arguments, window).await?,
        Bench::Commands => commands::bench(&arguments, window).await?,
        Bench::Replay => replay::bench(url, arguments.events, arguments.runs).await?,
        Bench::Latency => latency::bench(&arguments, window).await?,
        Bench::Pages => pages::bench(&arguments, window).await?,
        Bench::Gate => gate::bench(arguments.connections, arguments.runs, arguments.seconds)?,
    };
    report.print(arguments.json);
    Ok(())
}
