//! `bench`: runs the bench program on private servers with durable settings, so that figures are comparable and nobody's
//! data is near.

use anyhow::Result;
use chancery_devkit::{Nats, Postgres, PostgresOptions};
use clap::Args;

use crate::postgres_version::PgArg;
use crate::project::{cargo, run};
use crate::step::{say, step};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Which: append, commands, replay, project, rebuild, latency, pages, gate, token, authorize, usage, export, verify
    name: String,
    #[command(flatten)]
    pg: PgArg,
    /// Passed on to the bench program: `--json` prints one object on the last line
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn bench(options: &Options) -> Result<()> {
    run(cargo().args(["build", "--release", "--package", "chancery", "--package", "chancery-bench"]))?;
    let (postgres, nats) = step("starting the servers of the bench", |_| {
        let wanted = options.pg.wanted()?;
        Ok((Postgres::start_with(PostgresOptions { wanted, ..PostgresOptions::default() })?, Nats::start()?))
    })?;
    say("Postgres", &postgres.binaries().to_string());
    say("NATS", &nats.binary().to_string());

    let mut program = cargo();
    program.args(["run", "--quiet", "--release", "--package", "chancery-bench", "--", &options.name]);
    // Not as arguments: every user of the machine can read those.
    program.env("DATABASE_URL", postgres.url()).env("NATS_URL", nats.relay_url());
    program.env("CHANCERY_NATS_READER_URL", nats.reader_url());
    run(program.args(&options.rest))
}
