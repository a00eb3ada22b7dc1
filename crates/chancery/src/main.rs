//! The `chancery` program: server and command line in one.

mod acting;
mod archive;
mod cli;
mod difference;
mod doctor;
mod explain;
mod feeds;
mod keys;
mod log;
mod migrate;
mod nats;
mod output;
mod people;
mod progress;
mod projections;
mod relay;
mod replay;
mod sealing;
mod serve;
mod telemetry;
mod token;

use std::{process::ExitCode, thread::available_parallelism};

use clap::{CommandFactory as _, Parser as _, error::ErrorKind};
use cli::{Cli, Command};
use difference::{Difference, Misuse, Warnings};
use tokio::runtime::Builder;

/// A server allocates in small pieces on many threads: a quarter of its time under load went into the C library's
/// allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit codes: 0 done, 1 failed (the message says why), 2 wrong usage, 3 a difference was found, 4 there
/// are warnings.
fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match runtime().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::from(error).context("starting the runtime failed")),
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough, as `head` does.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) if error.is::<Misuse>() => Cli::command().error(ErrorKind::ValueValidation, error).exit(),
        Err(error) if error.is::<Difference>() => {
            failed(&error);
            ExitCode::from(3)
        }
        Err(error) if error.is::<Warnings>() => {
            failed(&error);
            ExitCode::from(4)
        }
        Err(error) => failed(&error),
    }
}

/// A thread for each core; on one core none but this one, which saves handing each task over.
fn runtime() -> Builder {
    match available_parallelism() {
        Ok(cores) if cores.get() == 1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(options) => serve::serve(&cli.database, *options).await,
        Command::Migrate => migrate::migrate(&cli.database, cli.output).await,
        Command::Token(command) => token::run(&cli.database, command, cli.output).await,
        Command::Keys(command) => keys::run(&cli.database, command, cli.output).await,
        Command::People(command) => people::run(&cli.database, command, cli.output).await,
        Command::Relay(command) => relay::run(&cli.database, command, cli.output).await,
        Command::Projections(command) => projections::run(&cli.database, command, cli.output).await,
        Command::Doctor(options) => doctor::run(&cli.database, *options, cli.output).await,
        Command::Replay(options) => replay::run(&cli.database, options, cli.output).await,
        Command::Log(command) => log::run(&cli.database, command, cli.output).await,
        Command::Explain(command) => explain::run(&cli.database, command, cli.output).await,
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("chancery: {error:#}");
    ExitCode::FAILURE
}
