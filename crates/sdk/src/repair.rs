//! The other way to the events, for what the stream does not have.

use std::{error::Error, future::Future};

use chancery_wire::{Position, Recorded};
use uuid::Uuid;

use crate::{Filter, batch::following};

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

    /// At most `limit` events after `position` that `filter` wants, in order, and how far was looked for them. Unless
    /// it is made to know better, everything is read, and what is not wanted is left out here.
    fn select(
        &self,
        position: Position,
        limit: usize,
        filter: &Filter,
    ) -> impl Future<Output = Result<Part, RepairError>> + Send {
        async move {
            let mut events = following(position, self.read(position, limit).await?);
            let through = events.last().map_or(position, |event| event.position);
            events.retain(|event| filter.wants(event));
            Ok(Part { log_id: None, events, through })
        }
    }
}

/// A part of the log, without what was not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The log that it is of, where that is known.
    pub log_id: Option<Uuid>,
    pub events: Vec<Recorded>,
    /// Nothing that was asked for is missing up to here.
    pub through: Position,
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
    #[error("the log is {found} and not {expected}")]
    OtherLog { expected: Uuid, found: Uuid },
    /// It is not the log that was read before: what was read of it is not in it.
    #[error("the log ends at position {head}, before what was read of it")]
    CutOff { head: Position },
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
