//! A consumer's place.

use std::{fmt, future::Future};

use chancery_wire::Position;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Failure;

/// How far a consumer is, and in which log: positions of different logs have nothing to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Checkpoint {
    pub log_id: Uuid,
    /// Everything that is wanted up to here was handled.
    pub position: Position,
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of log {}", self.position, self.log_id)
    }
}

/// Keeps a checkpoint by itself, for handlers whose effects are elsewhere: see [`super::Each`]. What stores its effects
/// in a database keeps the checkpoint there instead, and is a [`super::Handler`] itself.
pub trait Checkpoints: Send {
    /// The one that was kept last; `None` before the first.
    fn load(&mut self) -> impl Future<Output = Result<Option<Checkpoint>, Failure>> + Send;

    /// Keeps it, durably, before it returns.
    fn store(&mut self, checkpoint: Checkpoint) -> impl Future<Output = Result<(), Failure>> + Send;
}
