//! Tamper evidence for people: `chancery log verify|prove|consistency|check-proof|key`. `docs/audit.md` has the formats.

mod database;
mod export;
mod proofs;
mod report;
mod tiles;
mod witnessed;

use std::path::PathBuf;

use chancery_journal::Journal;
use chancery_wire::{
    Position,
    audit::{Checkpoint, VerifyingKey},
};
use clap::Args;
use serde_json::json;

use crate::{
    cli::Output,
    difference::Misuse,
    output,
    sealing::{KnownKeys, SealKey},
    serve::Place,
};

pub(super) use database::verify;
pub(super) use export::verify_export;
pub(super) use proofs::{check_proof, consistency, prove};

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// A folder that `log export` wrote, instead of the database
    #[arg(long, value_name = "FOLDER")]
    from_export: Option<PathBuf>,
    /// A witness's file, `file:/path`: every checkpoint in it is held against the log too
    #[arg(long, env = "CHANCERY_WITNESSES", value_delimiter = ',')]
    witness: Vec<Place>,
    #[command(flatten)]
    keys: KnownKeys,
}

#[derive(Debug, Args)]
pub(crate) struct Prove {
    #[arg(long, value_parser = super::of_event())]
    position: Position,
    /// Where the proof goes; by default to standard output
    #[arg(long)]
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Consistency {
    /// The earlier checkpoint: the first of at least so many events
    #[arg(long)]
    from: u64,
    /// The later one; by default the last
    #[arg(long)]
    to: Option<u64>,
    /// Where the proof goes; by default to standard output
    #[arg(long)]
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckProof {
    /// What `log prove` or `log consistency` wrote
    proof: PathBuf,
    #[command(flatten)]
    keys: KnownKeys,
}

#[derive(Debug, Args)]
pub(crate) struct Key {
    #[command(flatten)]
    seal: SealKey,
}

impl Consistency {
    pub(super) fn check(&self) -> Result<(), Misuse> {
        match self.to {
            Some(to) if to < self.from => Err(Misuse(format!("--to {to} is before --from {}", self.from))),
            _ => Ok(()),
        }
    }
}

impl Verify {
    pub(super) fn needs_no_database(&self) -> bool {
        self.from_export.is_some()
    }
}

/// `chancery log key`
pub(super) async fn key(journal: &Journal, key: &Key, output: Output) -> anyhow::Result<()> {
    let log_id = journal.head().await?.log_id;
    let Some(signing) = key.seal.signing(log_id)? else {
        anyhow::bail!("name the key that signs with CHANCERY_SEAL_KEY or CHANCERY_SEAL_KEY_FILE");
    };
    let key = signing.verifying().to_string();
    match output {
        Output::Json => output::print(&json!({ "key": key }).to_string())?,
        Output::Table => output::print(&key)?,
    }
    Ok(())
}

/// The checkpoint that one of the keys signed; without keys, whatever it says.
pub(super) fn open(note: &str, keys: &[VerifyingKey]) -> Result<Checkpoint, String> {
    let mut why = None;
    for key in keys {
        match Checkpoint::open(note, key) {
            Ok(checkpoint) => return Ok(checkpoint),
            Err(error) => why = Some(error),
        }
    }
    match why {
        Some(why) => Err(why.to_string()),
        None => Checkpoint::read(note).map_err(|error| error.to_string()),
    }
}
