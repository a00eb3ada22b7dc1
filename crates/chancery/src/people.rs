//! `chancery people`: those whom the log knows by opaque ids, and the table beside it by name.

use chancery_domain::PersonId;
use chancery_journal::Journal;
use clap::Subcommand;

use crate::{
    acting::{commands, system, told},
    cli::{Database, Output},
    output,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Delete a person's name, address and purpose; what the person did stays, by the id
    Forget {
        /// The person's id, as events name it
        person_id: String,
    },
}

pub(crate) async fn run(database: &Database, command: Command, output: Output) -> anyhow::Result<()> {
    let Command::Forget { person_id } = command;
    let person_id =
        PersonId::parse(&person_id).map_err(|_| anyhow::anyhow!("{person_id} is no id of a person"))?;
    let url = database.url()?;
    let journal = Journal::open(url, 2)?;
    let forgotten = commands(url, &journal)?.forget_person(&system(), person_id).await.map_err(told)?;
    let body: serde_json::Value = serde_json::from_str(&forgotten.body)?;
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    output::one(output, &body, &[("forgotten", text("person_id")), ("at", text("forgotten_at"))])
}
