//! What a witness is sent, as C2SP's `tlog-witness` has it: a checkpoint, and the proof that it only adds to the last.

use std::{fmt, str::FromStr};

use super::{Checkpoint, CheckpointError, Hash, checkpoint::number};

/// A checkpoint on its way to a witness, and what a witness's file keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The size of the checkpoint that the witness has; 0 if it has none.
    pub old: u64,
    /// From there to the checkpoint.
    pub proof: Vec<Hash>,
    /// The checkpoint, signed.
    pub note: String,
}

impl fmt::Display for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(f, "{hash}")?;
        }
        write!(f, "\n{}", self.note)
    }
}

impl FromStr for Submission {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let (head, note) = text.split_once("\n\n").ok_or(CheckpointError::Form)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(number);
        let proof = lines.map(str::parse).collect::<Result<_, _>>().map_err(|_| CheckpointError::Form)?;
        Checkpoint::read(note)?;
        Ok(Self { old: old.ok_or(CheckpointError::Form)?, proof, note: note.to_owned() })
    }
}
