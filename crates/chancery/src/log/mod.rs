//! `chancery log`

mod export;
mod filters;
mod import;
mod print;
mod search;
mod show;
mod tail;

use chancery_journal::Journal;
use chancery_wire::Position;
use clap::Subcommand;

use crate::cli::{Database, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the last events, or those from a place on, and follow the log
    Tail(tail::Tail),
    /// Print every event that matches
    Search(search::Search),
    /// Print one event in full
    Show { position: Position },
    /// Write the log, or a part of it, to files
    Export(export::Export),
    /// Fill an empty log from an export, byte for byte
    Import(import::Import),
}

pub(crate) async fn run(database: &Database, command: Command, output: Output) -> anyhow::Result<()> {
    let url = database.url()?;
    match command {
        Command::Export(export) => blocking(url, move |url| export::export(url, &export, output)).await,
        Command::Import(import) => blocking(url, move |url| import::import(url, &import, output)).await,
        Command::Tail(tail) => tail::tail(&Journal::open(url, 2)?, tail, output).await,
        Command::Search(search) => search::search(&Journal::open(url, 2)?, search, output).await,
        Command::Show { position } => show::show(&Journal::open(url, 2)?, position, output).await,
    }
}

/// Work with the blocking client, which must not run inside of async code.
async fn blocking(
    url: &str,
    work: impl FnOnce(&str) -> anyhow::Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    let url = url.to_owned();
    tokio::task::spawn_blocking(move || work(&url)).await?
}
