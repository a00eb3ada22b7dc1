//! Events as a consumer gets them.

use chancery_wire::{Event, Position, Recorded};

use super::{Checkpoint, ConsumerError, Other, Unknown};
use crate::{Batch, Feed};

/// An event, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivered {
    pub event: Event,
    /// When, by whom, of which app and tenant; and the data as it was committed.
    pub recorded: Recorded,
}

/// Some events in the log's order; none where the position only moved on over events that are not wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    events: Vec<Delivered>,
    after: Position,
    checkpoint: Checkpoint,
}

impl Delivery {
    pub fn events(&self) -> &[Delivered] {
        &self.events
    }

    pub fn into_events(self) -> Vec<Delivered> {
        self.events
    }

    /// Where the consumer stood before it. Nothing that is wanted lies between here and its first event.
    pub fn after(&self) -> Position {
        self.after
    }

    /// What to keep once it is handled.
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// As one that begins where an earlier one did that was passed over.
    pub(super) fn since(mut self, after: Position) -> Self {
        self.after = after;
        self
    }
}

/// What follows a checkpoint, for who has a loop of their own. See [`super::Consumer::deliveries`].
#[derive(Debug)]
pub struct Deliveries {
    feed: Feed<Other>,
    unknown: Unknown,
    /// What was read and cannot be handed out.
    unreadable: Option<ConsumerError>,
}

impl Deliveries {
    pub(super) fn new(feed: Feed<Other>, unknown: Unknown) -> Self {
        Self { feed, unknown, unreadable: None }
    }

    /// Waits for the next. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Delivery, ConsumerError> {
        loop {
            if let Some(error) = self.unreadable.take() {
                return Err(error);
            }
            let batch = self.feed.next().await?;
            let delivery = self.read(&batch);
            if delivery.checkpoint.position > delivery.after {
                return Ok(delivery);
            }
        }
    }

    /// Reads the events, up to the first that cannot be.
    fn read(&mut self, batch: &Batch) -> Delivery {
        let (mut events, mut last) = (Vec::with_capacity(batch.events().len()), batch.last());
        for recorded in batch.events() {
            match recorded.decode() {
                Ok(event) => events.push(Delivered { event, recorded: recorded.clone() }),
                Err(error) if self.unknown == Unknown::PassOver => {
                    tracing::warn!(error = &error as &dyn std::error::Error, position = %recorded.position,
                        "passing over an event that this build cannot read");
                }
                Err(source) => {
                    last = recorded.position.previous();
                    let position = recorded.position;
                    self.unreadable = Some(ConsumerError::Unreadable { position, source });
                    break;
                }
            }
        }
        // A feed that handed something out knows of which log it is.
        let log_id = self.feed.log_id().unwrap_or_default();
        let checkpoint = Checkpoint { log_id, position: last };
        Delivery { events, after: batch.after(), checkpoint }
    }
}
