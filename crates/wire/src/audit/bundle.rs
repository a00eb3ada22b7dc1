//! Proofs as files, which need nothing else but the log's key to be checked.

use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    Checkpoint, CheckpointError, Entry, EntryError, Hash, VerifyingKey, checkpoint::number,
    verify_consistency, verify_inclusion,
};

const INCLUSION: &str = "c2sp.org/tlog-proof@v1";
const CONSISTENCY: &str = "chancery/consistency-proof@v1";

/// That an event is in the log: C2SP's `tlog-proof`, with the event's entry as its extra data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionBundle {
    pub entry: Entry,
    /// The event's position, less one.
    pub index: u64,
    pub proof: Vec<Hash>,
    pub checkpoint: String,
}

/// That one checkpoint only adds to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyBundle {
    pub proof: Vec<Hash>,
    pub old: String,
    pub new: String,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    #[error("this is not a proof")]
    Form,
    #[error("the proof's checkpoint proves nothing: {0}")]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Entry(#[from] EntryError),
    #[error("the event says another position than the proof")]
    Position,
    #[error("the proof does not hold")]
    Proof,
}

impl InclusionBundle {
    /// The checkpoint, if the event is in the log that it was signed for.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Checkpoint, BundleError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        if self.entry.event()?.position.get() != self.index + 1 {
            return Err(BundleError::Position);
        }
        let leaf = self.entry.hash();
        let holds = verify_inclusion(leaf, self.index, checkpoint.size, checkpoint.root, &self.proof);
        holds.then_some(checkpoint).ok_or(BundleError::Proof)
    }
}

impl ConsistencyBundle {
    /// Both checkpoints, if the second begins with the first.
    pub fn verify(&self, key: &VerifyingKey) -> Result<[Checkpoint; 2], BundleError> {
        let old = Checkpoint::open(&self.old, key)?;
        let new = Checkpoint::open(&self.new, key)?;
        let holds = verify_consistency(old.size, old.root, new.size, new.root, &self.proof);
        holds.then_some([old, new]).ok_or(BundleError::Proof)
    }
}

impl fmt::Display for InclusionBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{INCLUSION}\nextra {}", BASE64_STANDARD.encode(&self.entry.0))?;
        writeln!(f, "index {}", self.index)?;
        for hash in &self.proof {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for InclusionBundle {
    type Err = BundleError;

    fn from_str(text: &str) -> Result<Self, BundleError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(BundleError::Form)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(INCLUSION) {
            return Err(BundleError::Form);
        }
        let extra = lines.next().and_then(|line| line.strip_prefix("extra ")).ok_or(BundleError::Form)?;
        let entry = BASE64_STANDARD.decode(extra).map(Entry).map_err(|_| BundleError::Form)?;
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(number);
        Ok(Self {
            entry,
            index: index.filter(|index| *index < u64::MAX).ok_or(BundleError::Form)?,
            proof: hashes(lines)?,
            checkpoint: checkpoint.to_owned(),
        })
    }
}

impl fmt::Display for ConsistencyBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{CONSISTENCY}")?;
        for hash in &self.proof {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}\n{}", self.old, self.new)
    }
}

impl FromStr for ConsistencyBundle {
    type Err = BundleError;

    fn from_str(text: &str) -> Result<Self, BundleError> {
        let (head, checkpoints) = text.split_once("\n\n").ok_or(BundleError::Form)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(CONSISTENCY) {
            return Err(BundleError::Form);
        }
        // A checkpoint has one empty line, before its signatures; the next one stands between the two.
        let (between, _) = checkpoints.match_indices("\n\n").nth(1).ok_or(BundleError::Form)?;
        let (old, new) = checkpoints.split_at(between + 1);
        Ok(Self { proof: hashes(lines)?, old: old.to_owned(), new: new[1..].to_owned() })
    }
}

fn hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, BundleError> {
    lines.map(|line| line.parse().map_err(|_| BundleError::Form)).collect()
}
