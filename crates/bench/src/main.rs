//! Figures for each hot path: median of several runs with the least and the most, p50 and p99, and the ratio to
//! the physical limit, measured in the same run on the same server, round robin. `cargo xtask bench` starts this
//! on private servers; `--scenario` speaks the contract of an outside harness instead.

mod append;
mod authorize;
mod client;
mod commands;
mod contestant;
mod export;
mod follow;
mod gate;
mod http;
mod latency;
mod lean;
mod load;
mod measure;
mod nats;
mod pages;
mod pinned;
mod portal;
mod projection;
mod replay;
mod report;
mod sample;
mod seed;
mod servers;
mod signer;
mod token;
mod usage;
mod verify;
mod wire_load;

use std::thread::available_parallelism;

use clap::Parser;
use tokio::runtime;

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
    /// Where a server of a scenario listens.
    #[arg(long, default_value_t = 28_092)]
    port: u16,
    /// What it signs tokens with.
    #[arg(long, value_enum, default_value = "ES256")]
    algorithm: signer::Algorithm,
}

#[derive(clap::ValueEnum, Debug, Clone, Copy)]
enum Bench {
    /// Appends a second, from 1 to 128 callers
    Append,
    /// HTTP commands a second, at 1 and 64 connections
    Commands,
    /// Events decoded and folded a second, and folded into a projection and compared
    Replay,
    /// Events applied to a live build a second
    Project,
    /// Events a second that another build is filled with
    Rebuild,
    /// From commit to the stream's acknowledgement, and to the view
    Latency,
    /// Pages of a portal with a million connections
    Pages,
    /// Calls that the gate decides, at a million connections
    Gate,
    /// Access tokens a second, over HTTP
    Token,
    /// Calls that the doors decide, over HTTP
    Authorize,
    /// Calls that the meter merges, and that the database takes
    Usage,
    /// Events exported and imported a second
    Export,
    /// Events sealed and recounted a second
    Verify,
}

#[derive(clap::ValueEnum, Debug, Clone, Copy)]
enum Scenario {
    Append,
    Command,
    Replay,
    Project,
    Relay,
    /// The leanest server of tokens
    Lean,
    /// The token endpoint and the doors, with one client
    Serve,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = match arguments.scenario {
        // As many threads as cores, and on one core none but this one, like the product.
        Some(Scenario::Serve) if available_parallelism()?.get() > 1 => {
            runtime::Builder::new_multi_thread().enable_all().build()?
        }
        Some(Scenario::Lean | Scenario::Serve) => {
            runtime::Builder::new_current_thread().enable_all().build()?
        }
        _ => runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?,
    };
    runtime.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let window = measure::Window { warmup: arguments.warmup, seconds: arguments.seconds };
    let url = &arguments.database_url;
    if let Some(scenario) = arguments.scenario {
        let run = match scenario {
            Scenario::Append => append::chancery(url, arguments.concurrency, window).await?,
            Scenario::Replay => replay::chancery(url, arguments.events).await?,
            Scenario::Command => append::command(url, arguments.concurrency, window).await?,
            Scenario::Project => projection::scenario(url, arguments.events).await?,
            Scenario::Relay => follow::relay(url, &arguments.nats_url, arguments.events).await?,
            Scenario::Serve => return contestant::serve(url, arguments.port, arguments.algorithm).await,
            Scenario::Lean => return lean::serve(arguments.port, arguments.algorithm).await,
        };
        println!("{}", run.contract());
        return Ok(());
    }
    let report = match arguments.bench.unwrap_or(Bench::Append) {
        Bench::Append => append::bench(&arguments, window).await?,
        Bench::Commands => commands::bench(&arguments, window).await?,
        Bench::Replay => replay::bench(url, arguments.events, arguments.runs, &arguments.only).await?,
        Bench::Project => projection::project(&arguments).await?,
        Bench::Rebuild => projection::rebuild(&arguments).await?,
        Bench::Latency => latency::bench(&arguments, window).await?,
        Bench::Pages => pages::bench(&arguments, window).await?,
        Bench::Gate => gate::bench(arguments.connections, arguments.runs, arguments.seconds)?,
        Bench::Token => token::bench(&arguments, window).await?,
        Bench::Authorize => authorize::bench(&arguments, window).await?,
        Bench::Usage => usage::bench(&arguments).await?,
        Bench::Export => export::bench(url, arguments.events, arguments.runs, &arguments.only).await?,
        Bench::Verify => verify::bench(url, arguments.events, arguments.runs).await?,
    };
    report.print(arguments.json);
    Ok(())
}
