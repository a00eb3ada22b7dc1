//! Where the events come from: anything that gives ordered batches after a position. The binary puts the
//! stream's feed here; the journal alone is enough, and feeds while NATS is away.

use std::{error::Error, fmt};

use chancery_journal::{EVENT_COLUMNS, Journal, recorded};
use chancery_wire::{Position, Recorded};
use futures_util::{FutureExt, TryStreamExt as _, future::BoxFuture};
use tokio::sync::mpsc;

use crate::Share;

/// The feed broke. The runner opens another one at its checkpoint.
#[derive(Debug, thiserror::Error)]
#[error("reading the feed of events failed")]
pub struct FeedError(#[source] pub Box<dyn Error + Send + Sync>);

/// Events in the log's order without a gap, from the position it was opened at, for ever.
pub trait Feed: Send {
    /// Waits for the next events; never empty. Everything at hand comes at once, nothing waits for company.
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>>;
}

pub type BoxFeed = Box<dyn Feed>;

/// Opens feeds.
pub trait Feeds: fmt::Debug + Send + Sync {
    /// A feed whose first event is the one after `after`.
    fn open(&self, after: Position) -> BoxFuture<'_, Result<BoxFeed, FeedError>>;

    /// A feed of a share alone, for whoever can bring less at less cost. `None` where every event comes anyway.
    fn open_share(&self, _after: Position, _share: Share) -> Option<ShareFeed> {
        None
    }
}

/// A range of the log, or of it what was asked for.
#[derive(Debug)]
pub struct Range {
    pub events: Vec<Recorded>,
    /// All up to here are in it.
    pub to: Position,
}

/// Reads the log itself, and sleeps until its head moves. While one batch is applied, the next is read.
#[derive(Debug)]
pub struct JournalFeed(Ranges);

impl JournalFeed {
    /// Batches of at most `batch` events after `after`. They are read for as long as the feed is kept.
    pub fn new(journal: Journal, after: Position, batch: usize) -> Self {
        Self(Ranges::read(journal, after, batch, None))
    }
}

impl Feed for JournalFeed {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async move { Ok(self.0.next().await?.events) }.boxed()
    }
}

/// The same, of a share alone.
#[derive(Debug)]
pub struct ShareFeed(Ranges);

impl ShareFeed {
    /// Ranges of at most `batch` positions after `after`.
    pub fn new(journal: Journal, after: Position, batch: usize, share: Share) -> Self {
        Self(Ranges::read(journal, after, batch, Some(share)))
    }

    /// Waits until the log has more.
    pub async fn next(&mut self) -> Result<Range, FeedError> {
        self.0.next().await
    }
}

/// Ranges that are read ahead by one.
#[derive(Debug)]
struct Ranges(mpsc::Receiver<Result<Range, FeedError>>);

impl Ranges {
    fn read(journal: Journal, mut after: Position, batch: usize, share: Option<Share>) -> Self {
        let (sender, ranges) = mpsc::channel(1);
        let listened_to = sender.clone();
        // Until an error, which is handed on too.
        let reading = async move {
            let mut follower = journal.follow();
            loop {
                let head = follower.after(after).await;
                let range = range(&journal, after, head, batch, share.as_ref()).await;
                let next = range.as_ref().ok().map(|range| range.to);
                let (Ok(()), Some(to)) = (sender.send(range).await, next) else { return };
                after = to;
            }
        };
        tokio::spawn(async move {
            tokio::select! {
                () = listened_to.closed() => {}
                () = reading => {}
            }
        });
        Self(ranges)
    }

    async fn next(&mut self) -> Result<Range, FeedError> {
        self.0.recv().await.unwrap_or_else(|| Err(FeedError("the feed has ended".into())))
    }
}

/// At most `batch` positions after `after`, no further than the head. Where nothing comes although the head says so,
/// somebody took it away: whoever waited here would wait for ever, or pass over what comes in its place.
async fn range(
    journal: &Journal,
    after: Position,
    head: Position,
    batch: usize,
    share: Option<&Share>,
) -> Result<Range, FeedError> {
    let Some(share) = share else {
        let events = journal.read(after, batch).await.map_err(|error| FeedError(error.into()))?;
        let to = events.last().map(|event| event.position).ok_or_else(|| {
            FeedError(format!("the log's head is {head}, and nothing comes after {after}").into())
        })?;
        return Ok(Range { events, to });
    };
    let to = head.min(Position::new(after.get() + batch as u64));
    let client = journal.client().await.map_err(|error| FeedError(error.into()))?;
    let failed = |error: tokio_postgres::Error| FeedError(error.into());
    let rows = share.rows(&client, EVENT_COLUMNS, after, to).await.map_err(failed)?;
    let rows =
        rows.ok_or_else(|| FeedError(format!("the log has nothing at {to}, where its head was").into()))?;
    let events = rows.map_ok(|row| recorded(&row)).try_collect().await.map_err(failed)?;
    Ok(Range { events, to })
}

/// Opens a [`JournalFeed`].
#[derive(Debug, Clone)]
pub struct JournalFeeds {
    pub journal: Journal,
    /// Events in a batch, at most.
    pub batch: usize,
}

impl Feeds for JournalFeeds {
    fn open(&self, after: Position) -> BoxFuture<'_, Result<BoxFeed, FeedError>> {
        let feed = JournalFeed::new(self.journal.clone(), after, self.batch);
        async move { Ok(Box::new(feed) as BoxFeed) }.boxed()
    }

    fn open_share(&self, after: Position, share: Share) -> Option<ShareFeed> {
        Some(ShareFeed::new(self.journal.clone(), after, self.batch, share))
    }
}
