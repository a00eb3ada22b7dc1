//! The dev loop: everything that a developer of Chancery does more than once, as `cargo xtask <task>`.
//!
//! Knows nothing of Chancery's insides: the server is a binary that it builds and runs, the demo goes through HTTP. So a
//! broken crate never keeps a task from running that could show what is broken.

mod bench;
mod demo;
mod interop;
mod planted;
mod postgres_version;
mod project;
mod step;
mod test;
mod tidy;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Chancery's dev loop")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Start Postgres, NATS and Chancery with the demo in it; Ctrl-C stops them, the data stays
    Up(up::Options),
    /// Stop what `up --detach` started
    Down,
    /// Stop, and throw the data away
    Reset,
    /// Print the variables that point other tools at what `up` started: `eval "$(cargo xtask env)"`
    Env,
    /// Run the tests on private servers, with nextest where it is installed
    Test(test::Options),
    /// Build bugs in, one by one, and demand that the tests which are there for it fail
    Planted,
    /// Measure on private servers, in release mode
    Bench(bench::Options),
    /// Check what only other people's tools can tell: `docker-compose.yml`, `/openapi.json`
    Interop(interop::Options),
    /// Check the rules that the compiler does not know: dependencies, file sizes, reasons
    Tidy,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Up(options) => up::up(&options),
        Task::Down => up::down(),
        Task::Reset => up::reset(),
        Task::Env => up::env(),
        Task::Test(options) => test::test(&options),
        Task::Planted => planted::planted(),
        Task::Bench(options) => bench::bench(&options),
        Task::Interop(options) => interop::interop(&options),
        Task::Tidy => tidy::tidy(),
    };
    if let Err(error) = result {
        // The causes, not a backtrace: what goes wrong here goes wrong outside.
        eprintln!("error: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
