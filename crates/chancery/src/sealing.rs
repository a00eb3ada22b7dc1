//! The key that signs checkpoints of the log, and the keys by which they are known.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, ensure};
use chancery_wire::audit::{SigningKey, VerifyingKey};
use clap::Args;
use uuid::Uuid;

/// Where the key comes from that signs checkpoints. It is never in the database.
#[derive(Debug, Clone, Args)]
pub(crate) struct SealKey {
    /// 32 bytes in base64, with which checkpoints of the log are signed
    #[arg(
        long = "seal-key",
        env = "CHANCERY_SEAL_KEY",
        hide_env_values = true,
        conflicts_with = "seal_key_file"
    )]
    seed: Option<String>,
    /// A file that holds them
    #[arg(long = "seal-key-file", env = "CHANCERY_SEAL_KEY_FILE", id = "seal_key_file")]
    file: Option<PathBuf>,
    /// The log's name in its checkpoints; by default chancery/ and the log's id
    #[arg(long = "seal-origin", env = "CHANCERY_SEAL_ORIGIN")]
    origin: Option<String>,
}

/// By what checkpoints are known to be the log's.
#[derive(Debug, Clone, Args)]
pub(crate) struct KnownKeys {
    /// The log's key, as `chancery log key` prints it, or a file with it; may be repeated
    #[arg(long = "key", env = "CHANCERY_SEAL_VERIFIER", value_delimiter = ',')]
    keys: Vec<String>,
    #[command(flatten)]
    seal: SealKey,
}

impl SealKey {
    /// The key, under the log's name; `None` where nobody named one.
    pub(crate) fn signing(&self, log_id: Uuid) -> anyhow::Result<Option<SigningKey>> {
        let seed = match (&self.seed, &self.file) {
            (Some(key), _) => key.clone(),
            (None, Some(file)) => {
                fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?
            }
            (None, None) => return Ok(None),
        };
        let origin = self.origin.clone().unwrap_or_else(|| format!("chancery/{log_id}"));
        let key = SigningKey::parse(&origin, &seed);
        key.map(Some).context("CHANCERY_SEAL_KEY, CHANCERY_SEAL_KEY_FILE or CHANCERY_SEAL_ORIGIN")
    }
}

impl KnownKeys {
    /// Those that were named, or else that of the key that signs.
    pub(crate) fn read(&self, log_id: Option<Uuid>) -> anyhow::Result<Vec<VerifyingKey>> {
        if self.keys.is_empty() {
            let Some(log_id) = log_id else { return Ok(Vec::new()) };
            let signing = self.seal.signing(log_id)?;
            return Ok(signing.iter().map(|key| key.verifying().clone()).collect());
        }
        self.keys.iter().map(|key| parse(key)).collect()
    }

    /// The same, where nothing is proven without one.
    pub(crate) fn required(&self, log_id: Option<Uuid>) -> anyhow::Result<Vec<VerifyingKey>> {
        let keys = self.read(log_id)?;
        ensure!(
            !keys.is_empty(),
            "name the log's key with --key or CHANCERY_SEAL_VERIFIER; `chancery log key` prints it"
        );
        Ok(keys)
    }
}

/// A key, or a file with it.
fn parse(text: &str) -> anyhow::Result<VerifyingKey> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    let read =
        fs::read_to_string(text).with_context(|| format!("{text} is neither a key nor a file with one"))?;
    read.parse().with_context(|| text.to_owned())
}
