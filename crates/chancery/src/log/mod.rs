//! `chancery log`

mod document;
mod show;
mod tail;

use chancery_journal::Journal;
use chancery_wire::Position;
use clap::Subcommand;

use crate::cli::{Database, Output};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print events from a position on
    Tail(tail::Tail),
    /// Print one event in full
    Show { position: Position },
}

pub(crate) async fn run(database: &Database, command: Command, output: Output) -> anyhow::Result<()> {
    let journal = Journal::open(database.url()?, 2)?;
    match command {
        Command::Tail(tail) => tail::follow(&journal, tail, output).await,
        Command::Show { position } => show::show(&journal, position, output).await,
    }
}
