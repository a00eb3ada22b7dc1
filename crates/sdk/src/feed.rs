//! Puts the stream and the repair source together into one order.

use std::{future::pending, time::Duration};

use async_nats::Client;
use chancery_wire::{Position, Topology};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::{
    Batch, FeedError, Filter, NoRepair, Repair, RepairError,
    order::{Order, OtherLog, Step},
    repair::Part,
    source::Source,
};

/// Events in a batch, at most.
const LIMIT: usize = 1_000;

/// How long the stream may leave an event out that the log has, before the log is read instead.
const GRACE: Duration = Duration::from_millis(250);

/// As long, where a filter leaves events out: the stream is looked through for what is wanted every second.
const GRACE_FILTERED: Duration = Duration::from_secs(3);

/// How long to wait before a repair that failed is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// The log's events after a position, in order, each once: undecoded, in batches of what is there. What
/// [`crate::Consumer`] is made of, and Chancery's own views are fed by.
///
/// It needs no durable consumer on the server and acknowledges nothing. It is sure that it left nothing out: a feed of
/// everything by the positions, which have no gap; one with a [`Filter`] because each delivery names the one before it,
/// and because the stream's own account shows that nothing was deleted between the two. Where that is not so, the
/// [`Repair`] is asked, and without one the feed says [`FeedError::Gap`].
///
/// ```no_run
/// use chancery_sdk::{Feed, NoRepair, Position, Topology, connect};
///
/// # async fn follow() -> Result<(), Box<dyn std::error::Error>> {
/// let client = connect("nats://reader:password@nats.internal").await?;
/// let mut feed = Feed::open(client, Topology::default(), Position::START, NoRepair);
/// loop {
///     for event in feed.next().await? {
///         println!("{} {}", event.position, event.event_type);
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Feed<R = NoRepair> {
    /// `None`: the repair source alone.
    source: Option<Source>,
    repair: R,
    filter: Filter,
    order: Order,
    /// Whether the stream was found standing, so that the log is read without waiting for it.
    alone: bool,
    /// Since when the log has had an event that the stream did not bring.
    behind_since: Option<Instant>,
    /// When a repair that failed may be tried again.
    repair_from: Option<Instant>,
    /// Where the consumer was opened again because of a gap.
    reopened_at: Option<Position>,
}

impl<R: Repair> Feed<R> {
    /// A feed of the events after `after`. It connects when [`Self::next`] is called, and waits for a server that
    /// is away.
    pub fn open(client: Client, topology: Topology, after: Position, repair: R) -> Self {
        Self { source: Some(Source::new(client, topology)), ..Self::without_stream(after, repair) }
    }

    /// A feed of what the repair source has, for who has no NATS.
    pub fn without_stream(after: Position, repair: R) -> Self {
        Self {
            source: None,
            repair,
            filter: Filter::all(),
            order: Order::after(after),
            alone: false,
            behind_since: None,
            repair_from: None,
            reopened_at: None,
        }
    }

    /// Accepts events of this log only. Without it, the first message says which log it is.
    #[must_use]
    pub fn of_log(mut self, log_id: Uuid) -> Self {
        self.order.follow(log_id);
        self
    }

    /// Hands out only what `filter` wants. To be said before the first event.
    #[must_use]
    pub fn wanting(mut self, filter: Filter) -> Self {
        if let Some(source) = &mut self.source {
            source.want(&filter);
        }
        self.filter = filter;
        self
    }

    /// Of the last event that was handed out, or passed over.
    pub fn position(&self) -> Position {
        self.order.position()
    }

    /// The log that the events are of; `None` until it is known.
    pub fn log_id(&self) -> Option<Uuid> {
        self.order.log_id()
    }

    /// Waits for the next events: what is there, at most 1,000, without waiting for more. Dropping the future
    /// loses nothing. After an error the feed stands where it stood and the next call looks again.
    pub async fn next(&mut self) -> Result<Batch, FeedError> {
        loop {
            let batch = match self.step()? {
                Step::HandOut(batch) => Some(batch),
                Step::Fill { missing, next } => self.fill(missing, next).await?,
                Step::Wait => self.wait().await?,
            };
            if let Some(batch) = batch {
                self.order.passed(&batch);
                self.behind_since = None;
                self.reopened_at = None;
                return Ok(batch);
            }
        }
    }

    fn step(&mut self) -> Result<Step, FeedError> {
        let told = self.source.as_ref().and_then(Source::log_id);
        let checked = told.map_or(Ok(()), |log_id| self.order.check_log(log_id));
        checked.and_then(|()| self.order.step()).map_err(|other| self.other_log(other))
    }

    /// Waits for the stream, or for the log where the stream stands.
    async fn wait(&mut self) -> Result<Option<Batch>, FeedError> {
        let position = self.order.position();
        let grace = match &self.source {
            Some(source) if !self.alone && source.is_connected() => {
                if self.filter.is_all() {
                    GRACE
                } else {
                    GRACE_FILTERED
                }
            }
            _ => Duration::ZERO,
        };
        let overdue = overdue(&self.repair, position, grace, self.repair_from, &mut self.behind_since);
        let arrivals = async {
            match &mut self.source {
                Some(source) => {
                    source.arrivals(position, self.order.held(), LIMIT).await;
                    source.seen()
                }
                None => pending().await,
            }
        };
        // Fair between the two: a stream that catches up from far behind must not hold back the log, nor the log
        // hide that the stream is back.
        tokio::select! {
            seen = arrivals => {
                if position.since(seen) < LIMIT as u64 {
                    self.alone = false;
                }
                Ok(None)
            }
            () = overdue => {
                self.alone = true;
                let batch = self.read(LIMIT).await?.ok();
                if batch.is_none() {
                    self.repair_from = Some(Instant::now() + AGAIN);
                }
                Ok(batch)
            }
        }
    }

    /// Fills the gap before `next`.
    async fn fill(&mut self, missing: u64, next: Position) -> Result<Option<Batch>, FeedError> {
        if let Some(from) = self.repair_from {
            sleep_until(from).await;
        }
        let limit = usize::try_from(missing).map_or(LIMIT, |missing| missing.min(LIMIT));
        match self.read(limit).await? {
            Ok(batch) => Ok(Some(batch)),
            // Messages that came faster than they were taken may have been dropped: they can be had again.
            Err(Some(RepairError::Nothing)) if self.reopened_at != Some(self.order.position()) => {
                self.reopened_at = Some(self.order.position());
                self.order.held().clear();
                if let Some(source) = &mut self.source {
                    source.reopen();
                }
                Ok(None)
            }
            Err(None | Some(RepairError::Nothing)) => Err(self.gap(next)),
            Err(Some(_)) => Ok(None),
        }
    }

    /// What the repair source has next. `Err(None)`: nothing, though it could be read.
    async fn read(&mut self, limit: usize) -> Result<Result<Batch, Option<RepairError>>, FeedError> {
        let position = self.order.position();
        let selected = self.repair.select(position, limit, &self.filter).await;
        self.repair_from = None;
        match selected {
            Ok(part) => {
                if let Part { log_id: Some(log_id), .. } = part {
                    self.order.check_log(log_id).map_err(|other| self.other_log(other))?;
                }
                Ok(Batch::of_part(position, part, &self.filter).ok_or(None))
            }
            Err(RepairError::OtherLog { expected, found }) => {
                Err(self.other_log(OtherLog { expected, found }))
            }
            Err(RepairError::CutOff { head }) => Err(FeedError::CutOff { position, head }),
            Err(error) => {
                if let RepairError::Failed(source) = &error {
                    tracing::warn!(error = &**source as &dyn std::error::Error, %position,
                        "reading the log instead of the stream failed, trying again");
                    self.repair_from = Some(Instant::now() + AGAIN);
                }
                Ok(Err(Some(error)))
            }
        }
    }

    fn gap(&mut self, next: Position) -> FeedError {
        let malformed = self.order.malformed();
        self.drop_held();
        match malformed {
            Some(source) => FeedError::Malformed { position: next, source },
            None => FeedError::Gap { position: self.order.position(), next },
        }
    }

    fn other_log(&mut self, OtherLog { expected, found }: OtherLog) -> FeedError {
        self.drop_held();
        FeedError::OtherLog { expected, found }
    }

    /// Forgets what arrived; the stream is looked at anew in a moment.
    fn drop_held(&mut self) {
        self.order.held().clear();
        if let Some(source) = &mut self.source {
            source.reopen_later();
        }
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
