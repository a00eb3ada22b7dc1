//! `chancery keys`: the keys that sign access tokens, and the key under which they are stored.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use chancery_journal::Journal;
use chancery_service::{
    connect::{Algorithm, Keys, MasterKey},
    sources::Sources,
};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::{
    cli::{Database, Output},
    output,
};

/// Where the key comes from under which signing keys are stored.
#[derive(Debug, Clone, Args)]
pub(crate) struct Master {
    /// 32 bytes in base64, under which signing keys are stored
    #[arg(long, env = "CHANCERY_KEY", hide_env_values = true, conflicts_with = "key_file")]
    key: Option<String>,
    /// A file that holds it
    #[arg(long, env = "CHANCERY_KEY_FILE")]
    key_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign with the next key, and publish another one after it
    Rotate {
        #[command(flatten)]
        master: Master,
        /// What the key after it signs with: ES256, RS256 or `EdDSA`
        #[arg(long, env = "CHANCERY_SIGNING_ALGORITHM", default_value_t)]
        algorithm: Algorithm,
    },
}

#[derive(Debug, Serialize)]
struct Shown {
    kid: String,
    algorithm: &'static str,
    published_at: jiff::Timestamp,
    /// `null`: it is the next one, and waits.
    signs_from: Option<jiff::Timestamp>,
}

impl Master {
    /// The key, or `None` where nobody named one.
    pub(crate) fn read(&self) -> anyhow::Result<Option<MasterKey>> {
        let text = match (&self.key, &self.key_file) {
            (Some(key), _) => key.clone(),
            (None, Some(file)) => {
                fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?
            }
            (None, None) => return Ok(None),
        };
        MasterKey::parse(&text).map(Some).context("CHANCERY_KEY or CHANCERY_KEY_FILE")
    }
}

pub(crate) async fn run(database: &Database, command: Command, output: Output) -> anyhow::Result<()> {
    let Command::Rotate { master, algorithm } = command;
    let master = master.read()?.context("name the key with CHANCERY_KEY or CHANCERY_KEY_FILE")?;
    let journal = Journal::open(database.url()?, 2)?;
    let set = Keys::rotate(journal, master, &Sources::system(), algorithm).await?;
    let shown = |key: &chancery_service::connect::PublishedKey| Shown {
        kid: key.key.kid.clone(),
        algorithm: key.key.algorithm().as_str(),
        published_at: key.published_at,
        signs_from: key.signs_from,
    };
    let keys: Vec<_> = set.all().iter().map(shown).collect();
    output::list(output, &keys, &["kid", "algorithm", "published", "signs from"], |key| {
        let from = key.signs_from.map_or_else(|| "the next rotation".to_owned(), |from| from.to_string());
        vec![key.kid.clone(), key.algorithm.to_owned(), key.published_at.to_string(), from]
    })
}
