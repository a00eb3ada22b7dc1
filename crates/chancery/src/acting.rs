//! Commands that the command line gives itself, at three in the morning: they go the way of every command.

use chancery_domain::{Actor, ActorKind};
use chancery_journal::{Appender, BatcherSettings, Journal};
use chancery_service::{
    commands::{Caller, CommandError, Commands},
    sources::Sources,
};
use uuid::Uuid;

pub(crate) fn commands(url: &str, journal: &Journal) -> anyhow::Result<Commands> {
    let appender = Appender::start(url, journal, BatcherSettings::default())?;
    Ok(Commands::new(journal.clone(), appender, Sources::system(), Vec::new()))
}

/// The command line acts for the system; who may run it is the database's and the machine's business.
pub(crate) fn system() -> Caller {
    let id = Uuid::now_v7();
    Caller {
        principal: None,
        actor: Actor { kind: ActorKind::System, id: "command-line".into() },
        command_id: id,
        keyed: false,
        request_hash: [0; 32],
        if_match: None,
        correlation_id: id,
        traceparent: None,
    }
}

/// What is wrong with each field, on one line.
pub(crate) fn told(error: CommandError) -> anyhow::Error {
    match error {
        CommandError::Invalid(fields) => {
            let told = fields.iter().map(|field| format!("{}: {}", field.pointer, field.source));
            anyhow::anyhow!(told.collect::<Vec<_>>().join("; "))
        }
        other => anyhow::Error::from(other).context("the command was refused"),
    }
}
