//! The other way to the events, for what the stream does not have.

use std::{error::Error, future::Future};

use chancery_wire::{Position, Recorded};

/// A source of the same log that is always right: Chancery's own processes fill it with the log itself, others
/// may fill it with `GET /v1/events`.
pub trait Repair: Send + Sync {
    /// Waits until the log has an event after `position`. Cheap to call again and again; dropped at any time.
    fn after(&self, position: Position) -> impl Future<Output = ()> + Send;

    /// At most `limit` events after `position`, in order and without a gap.
    fn read(
        &self,
        position: Position,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Recorded>, RepairError>> + Send;
}

/// Why a gap was not filled.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// There is no other way to the events.
    #[error("there is nothing to repair from")]
    Nothing,
    /// The feed tries again.
    #[error("the log could not be read")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// Follows the stream alone. While NATS is away the feed waits; what the stream lost for good is a
/// [`crate::FeedError::Gap`].
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRepair;

impl Repair for NoRepair {
    async fn after(&self, _: Position) {
        std::future::pending::<()>().await;
    }

    async fn read(&self, _: Position, _: usize) -> Result<Vec<Recorded>, RepairError> {
        Err(RepairError::Nothing)
    }
}
