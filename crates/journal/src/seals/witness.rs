//! Somebody outside of the database who keeps the last checkpoint and takes none that does not begin with it.

use std::fmt;

use chancery_wire::audit::Submission;
use futures_util::future::BoxFuture;

/// Keeps what it was told last, as C2SP's `tlog-witness` has it.
pub trait Witness: fmt::Display + Send {
    /// Takes a checkpoint on: when this returns, it is kept.
    fn add<'a>(&'a mut self, submission: &'a Submission) -> BoxFuture<'a, Result<(), WitnessError>>;
}

/// Why it did not.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// It has a checkpoint of another size than the one that the proof begins with.
    #[error("the witness has a checkpoint of {size} events")]
    At { size: u64 },
    /// It has a checkpoint that this one does not begin with, or does not know the log.
    #[error("{0}")]
    Refused(String),
    /// It could not be asked.
    #[error("the witness is away")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
}
