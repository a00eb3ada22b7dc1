//! A tree's size and root, as C2SP's `tlog-checkpoint` has them.

use std::{fmt, str::FromStr};

use super::{Hash, NoteError, SigningKey, VerifyingKey, note};

/// What the log was at one moment. Its text is what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log, among all logs of the world.
    pub origin: String,
    /// How many events: those up to this position.
    pub size: u64,
    pub root: Hash,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("a checkpoint has an origin, a size and a root hash on three lines")]
    Form,
    #[error("the checkpoint is of another log than the key")]
    Origin,
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl Checkpoint {
    /// Signed with the key of the log that it is of.
    pub fn sign(&self, key: &SigningKey) -> String {
        key.sign(&self.to_string())
    }

    /// The checkpoint of a note that the log's key signed.
    pub fn open(note: &str, key: &VerifyingKey) -> Result<Self, CheckpointError> {
        let checkpoint: Self = key.open(note)?.parse()?;
        if checkpoint.origin == key.name() { Ok(checkpoint) } else { Err(CheckpointError::Origin) }
    }

    /// The checkpoint of a note, whoever signed it.
    pub fn read(note: &str) -> Result<Self, CheckpointError> {
        note::text(note)?.parse()
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// More lines may follow; they say nothing to us.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Form)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Form);
        };
        let root = root.parse().map_err(|_| CheckpointError::Form)?;
        let size = number(size).ok_or(CheckpointError::Form)?;
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(CheckpointError::Form);
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }
}

/// A decimal as C2SP's formats have it: digits, and no zero before others.
pub(super) fn number(text: &str) -> Option<u64> {
    let plain =
        text == "0" || text.starts_with(|c: char| c != '0') && text.bytes().all(|c| c.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}
