//! `test`: one private Postgres and one NATS for the whole run, and nothing of them left after it.

use std::env;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use chancery_devkit::{Nats, Postgres, PostgresOptions};
use clap::Args;
use signal_hook::consts::SIGINT;

use crate::postgres_version::PgArg;
use crate::project::cargo;
use crate::step::{say, step};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pg: PgArg,
    /// Passed on to `cargo nextest run`, else to `cargo test`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn test(options: &Options) -> Result<()> {
    // Ctrl-C reaches the tests too: they end, then we end the servers.
    signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
    let status = {
        let (postgres, nats) = step("starting the servers of the tests", |_| {
            let wanted = options.pg.wanted()?;
            Ok((
                Postgres::start_with(PostgresOptions { wanted, ..PostgresOptions::default() })?,
                Nats::start()?,
            ))
        })?;
        say("Postgres", &postgres.binaries().to_string());
        say("NATS", &nats.binary().to_string());
        run(options, &postgres, &nats)?
    };
    std::process::exit(status.code().unwrap_or(1));
}

fn run(options: &Options, postgres: &Postgres, nats: &Nats) -> Result<ExitStatus> {
    let mut command = runner();
    let picks =
        |argument: &String| ["-p", "--package", "--workspace"].iter().any(|name| argument.starts_with(name));
    if !options.rest.iter().any(picks) {
        command.arg("--workspace");
    }
    command.args(&options.rest).envs(options.pg.variable());
    command.env("CHANCERY_TEST_PG", postgres.url());
    command.env("CHANCERY_TEST_NATS", nats.relay_url());
    command.env("CHANCERY_TEST_NATS_READER", nats.reader_url());
    // Nothing that points at servers somebody works with.
    for variable in ["DATABASE_URL", "NATS_URL", "CHANCERY_NATS_READER_URL"] {
        command.env_remove(variable);
    }
    command.status().with_context(|| format!("starting {command:?}"))
}

fn runner() -> Command {
    let has_nextest =
        cargo().args(["nextest", "--version"]).output().is_ok_and(|output| output.status.success());
    let mut command = cargo();
    if has_nextest {
        command.args(["nextest", "run"]);
        if env::var_os("CI").is_some() {
            command.args(["--profile", "ci"]);
        }
    } else {
        command.arg("test");
    }
    command
}
