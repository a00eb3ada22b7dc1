//! `chancery log`

mod audit;
mod export;
mod filters;
mod import;
mod print;
mod search;
mod show;
mod stats;
mod tail;

use anyhow::Context as _;
use chancery_journal::{Journal, Role, config_for};
use chancery_wire::Position;
use clap::{Subcommand, builder::TypedValueParser};
use postgres::{Client, NoTls};

use crate::{
    cli::{Database, Output},
    difference::Misuse,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the last events, or those from a place on, and follow the log
    Tail(tail::Tail),
    /// Print every event that matches
    Search(search::Search),
    /// Print one event in full
    Show {
        #[arg(value_parser = of_event())]
        position: Position,
    },
    /// Write the log, or a part of it, to files
    Export(export::Export),
    /// Fill an empty log from an export, byte for byte
    Import(import::Import),
    /// Recount everything against what was sealed, and say what is not as it was
    Verify(audit::Verify),
    /// Prove that an event is in the log
    Prove(audit::Prove),
    /// Prove that a later checkpoint only adds to an earlier one
    Consistency(audit::Consistency),
    /// Check a proof, with nothing but the log's key
    CheckProof(audit::CheckProof),
    /// Say how many events of which types there are, when they came, and what room they take
    Stats(stats::Stats),
    /// Print the key by which the log's checkpoints are known
    Key(audit::Key),
}

pub(crate) async fn run(database: &Database, command: Command, output: Output) -> anyhow::Result<()> {
    command.check()?;
    // Nobody needs a database to check what is in files.
    let command = match command {
        Command::CheckProof(check) => return audit::check_proof(&check, output),
        Command::Verify(verify) if verify.needs_no_database() => {
            return blocking("", move |_| audit::verify_export(&verify, output)).await;
        }
        other => other,
    };
    let url = database.url()?;
    match command {
        Command::Verify(verify) => blocking(url, move |url| audit::verify(url, &verify, output)).await,
        Command::Prove(prove) => audit::prove(&Journal::open(url, 2)?, &prove, output).await,
        Command::Consistency(prove) => audit::consistency(&Journal::open(url, 2)?, &prove, output).await,
        Command::Key(key) => audit::key(&Journal::open(url, 2)?, &key, output).await,
        Command::CheckProof(check) => audit::check_proof(&check, output),
        Command::Export(export) => blocking(url, move |url| export::export(url, &export, output)).await,
        Command::Import(import) => blocking(url, move |url| import::import(url, &import, output)).await,
        Command::Tail(tail) => tail::tail(&Journal::open(url, 2)?, tail, output).await,
        Command::Search(search) => search::search(&Journal::open(url, 2)?, search, output).await,
        Command::Stats(stats) => stats::stats(&Journal::open(url, 2)?, &stats, output).await,
        Command::Show { position } => show::show(&Journal::open(url, 2)?, position, output).await,
    }
}

impl Command {
    /// Refuses what contradicts itself, whatever the log has.
    fn check(&self) -> Result<(), Misuse> {
        match self {
            Self::Export(export) => export.check(),
            Self::Consistency(prove) => prove.check(),
            _ => Ok(()),
        }
    }
}

/// Reads a position that an event may have.
fn of_event() -> impl TypedValueParser<Value = Position> {
    clap::value_parser!(u64).range(1..=i64::MAX.cast_unsigned()).map(Position::new)
}

/// Work with the blocking client, which must not run inside of async code.
async fn blocking(
    url: &str,
    work: impl FnOnce(&str) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    let url = url.to_owned();
    tokio::task::spawn_blocking(move || work(&url)).await?
}

/// The blocking client, for long ranges of the log. They go by the primary key whatever the statistics say: nothing is
/// sorted and nothing is gathered. What no key orders comes as it was written, so that it comes alike each time.
fn connect(url: &str) -> anyhow::Result<Client> {
    let config = postgres::Config::from(config_for(url, Role::App)?);
    let mut client = config.connect(NoTls).context("connecting to the log's database")?;
    client.batch_execute(
        "SET enable_seqscan = off; SET enable_bitmapscan = off; SET max_parallel_workers_per_gather = 0; SET jit = off; \
         SET synchronize_seqscans = off",
    )?;
    Ok(client)
}
