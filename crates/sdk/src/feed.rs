//! Puts the stream and the repair source together into one order.

use std::{collections::VecDeque, time::Duration};

use async_nats::Client;
use chancery_wire::{Position, Recorded, Topology};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::{Batch, FeedError, NoRepair, Repair, RepairError, arrival::Arrival, source::Source};

/// Events in a batch, at most.
const LIMIT: usize = 1_000;

/// How long the stream may leave an event out that the log has, before the log is read instead.
const GRACE: Duration = Duration::from_millis(250);

/// How long to wait before a repair that failed is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// The log's events after a position, in order, each once. See the crate's documentation.
#[derive(Debug)]
pub struct Feed<R = NoRepair> {
    source: Source,
    repair: R,
    /// Of the last event that was handed out.
    position: Position,
    log_id: Option<Uuid>,
    /// What arrived and was not handed out.
    held: VecDeque<Arrival>,
    /// Whether the stream was found standing, so that the log is read without waiting for it.
    alone: bool,
    /// Since when the log has had an event that the stream did not bring.
    behind_since: Option<Instant>,
    /// When a repair that failed may be tried again.
    repair_from: Option<Instant>,
    /// Where the consumer was opened again because of a gap.
    reopened_at: Option<Position>,
}

/// What to do next.
enum Step {
    HandOut(Batch),
    /// Read that many events from the repair source, since `next` is the first that arrived.
    Fill {
        limit: usize,
        next: Position,
    },
    Wait,
}

impl<R: Repair> Feed<R> {
    /// A feed of the events after `after`. It connects when [`Self::next`] is called, and waits for a server that
    /// is away.
    pub fn open(client: Client, topology: Topology, after: Position, repair: R) -> Self {
        Self {
            source: Source::new(client, topology),
            repair,
            position: after,
            log_id: None,
            held: VecDeque::new(),
            alone: false,
            behind_since: None,
            repair_from: None,
            reopened_at: None,
        }
    }

    /// Accepts events of this log only. Without it, the first message says which log it is.
    #[must_use]
    pub fn of_log(mut self, log_id: Uuid) -> Self {
        self.log_id = Some(log_id);
        self
    }

    /// Of the last event that was handed out.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The log that the events are of; `None` until it is known.
    pub fn log_id(&self) -> Option<Uuid> {
        self.log_id
    }

    /// Waits for the next events: what is there, at most 1,000, without waiting for more. Dropping the future
    /// loses nothing. After an error the feed stands where it stood and the next call looks again.
    pub async fn next(&mut self) -> Result<Batch, FeedError> {
        loop {
            let batch = match self.step()? {
                Step::HandOut(batch) => Some(batch),
                Step::Fill { limit, next } => self.fill(limit, next).await?,
                Step::Wait => self.wait().await,
            };
            if let Some(batch) = batch {
                self.position = batch.last();
                self.behind_since = None;
                self.reopened_at = None;
                return Ok(batch);
            }
        }
    }

    fn step(&mut self) -> Result<Step, FeedError> {
        while self.held.front().is_some_and(|arrival| arrival.position <= self.position) {
            self.held.pop_front();
        }
        let mut events = Vec::new();
        let mut expected = self.position.next();
        while let Some(&Arrival { position, event: Ok((log_id, _)) }) = self.held.front() {
            self.check_log(log_id)?;
            if position != expected {
                break;
            }
            events
                .extend(self.held.pop_front().and_then(|arrival| arrival.event.ok()).map(|(_, event)| event));
            expected = expected.next();
        }
        if let Some(batch) = Batch::following(self.position, events) {
            return Ok(Step::HandOut(batch));
        }
        Ok(match self.held.front() {
            Some(arrival) => {
                let missing = arrival.position.since(self.position).saturating_sub(1).max(1);
                let limit = usize::try_from(missing).map_or(LIMIT, |missing| missing.min(LIMIT));
                Step::Fill { limit, next: arrival.position }
            }
            None => Step::Wait,
        })
    }

    fn check_log(&mut self, found: Uuid) -> Result<(), FeedError> {
        let expected = *self.log_id.get_or_insert(found);
        if found == expected {
            return Ok(());
        }
        self.drop_held();
        Err(FeedError::OtherLog { expected, found })
    }

    /// Waits for the stream, or for the log where the stream stands.
    async fn wait(&mut self) -> Option<Batch> {
        let grace = if self.alone || !self.source.is_connected() { Duration::ZERO } else { GRACE };
        let overdue = overdue(&self.repair, self.position, grace, self.repair_from, &mut self.behind_since);
        // Fair between the two: a stream that catches up from far behind must not hold back the log, nor the log
        // hide that the stream is back.
        tokio::select! {
            () = self.source.arrivals(self.position, &mut self.held, LIMIT) => {
                if self.position.since(self.source.seen()) < LIMIT as u64 {
                    self.alone = false;
                }
                None
            }
            () = overdue => {
                self.alone = true;
                let read = self.read(LIMIT).await;
                let batch = read.ok().and_then(|events| Batch::following(self.position, events));
                if batch.is_none() {
                    self.repair_from = Some(Instant::now() + AGAIN);
                }
                batch
            }
        }
    }

    /// Fills the gap before `next`.
    async fn fill(&mut self, limit: usize, next: Position) -> Result<Option<Batch>, FeedError> {
        if let Some(from) = self.repair_from {
            sleep_until(from).await;
        }
        match self.read(limit).await {
            Ok(events) => match Batch::following(self.position, events) {
                Some(batch) => Ok(Some(batch)),
                None => Err(self.gap(next)),
            },
            Err(RepairError::Failed(_)) => Ok(None),
            // Messages that came faster than they were taken may have been dropped: they can be had again.
            Err(RepairError::Nothing) if self.reopened_at != Some(self.position) => {
                self.reopened_at = Some(self.position);
                self.held.clear();
                self.source.reopen();
                Ok(None)
            }
            Err(RepairError::Nothing) => Err(self.gap(next)),
        }
    }

    async fn read(&mut self, limit: usize) -> Result<Vec<Recorded>, RepairError> {
        let read = self.repair.read(self.position, limit).await;
        self.repair_from = match &read {
            Err(RepairError::Failed(error)) => {
                tracing::warn!(error = &**error as &dyn std::error::Error, position = %self.position,
                    "reading the log instead of the stream failed, trying again");
                Some(Instant::now() + AGAIN)
            }
            _ => None,
        };
        read
    }

    fn gap(&mut self, next: Position) -> FeedError {
        let first = self.held.pop_front();
        self.drop_held();
        match first.map(|arrival| arrival.event) {
            Some(Err(source)) => FeedError::Malformed { position: next, source },
            _ => FeedError::Gap { position: self.position, next },
        }
    }

    /// Forgets what arrived; the stream is looked at anew in a moment.
    fn drop_held(&mut self) {
        self.held.clear();
        self.source.reopen_later();
    }
}

/// Returns when the log has had an event after `position` for `grace`.
async fn overdue<R: Repair>(
    repair: &R,
    position: Position,
    grace: Duration,
    not_before: Option<Instant>,
    behind_since: &mut Option<Instant>,
) {
    repair.after(position).await;
    let since = *behind_since.get_or_insert_with(Instant::now);
    let due = not_before.map_or(since + grace, |from| from.max(since + grace));
    if due > Instant::now() {
        sleep_until(due).await;
    }
}
