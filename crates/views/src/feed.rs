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

/// Reads the log itself, and sleeps until its head moves. While one batch is applied, the next is read.
#[derive(Debug)]
pub struct JournalFeed {
    batches: mpsc::Receiver<Result<Vec<Recorded>, FeedError>>,
}

impl JournalFeed {
    /// Batches of at most `batch` events after `after`. They are read for as long as the feed is kept.
    pub fn new(journal: Journal, after: Position, batch: usize) -> Self {
        let (sender, batches) = mpsc::channel(1);
        tokio::spawn(async move {
            let reading = read(journal, after, batch, &sender);
            tokio::select! {
                () = sender.closed() => {}
                () = reading => {}
            }
        });
        Self { batches }
    }
}

/// Reads until an error, which is handed on too, or until nobody listens.
async fn read(
    journal: Journal,
    mut after: Position,
    batch: usize,
    to: &mpsc::Sender<Result<Vec<Recorded>, FeedError>>,
) {
    let mut follower = journal.follow();
    loop {
        let head = follower.after(after).await;
        let events = match journal.read(after, batch).await {
            Ok(events) => events,
            Err(error) => return drop(to.send(Err(FeedError(error.into()))).await),
        };
        let Some(last) = events.last() else {
            // Somebody took them away: whoever waits here waits for ever.
            let error = format!("the log's head is {head}, and nothing comes after {after}");
            return drop(to.send(Err(FeedError(error.into()))).await);
        };
        after = last.position;
        if to.send(Ok(events)).await.is_err() {
            return;
        }
    }
}

impl Feed for JournalFeed {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async move { self.batches.recv().await.unwrap_or_else(ended) }.boxed()
    }
}

fn ended<T>() -> Result<T, FeedError> {
    Err(FeedError("the feed has ended".into()))
}

/// A range of the log, of which some shards' events were read.
#[derive(Debug)]
pub struct Range {
    pub events: Vec<Recorded>,
    /// All up to here are in it.
    pub to: Position,
}

/// Reads ranges of the log itself, and of them a share, as [`JournalFeed`] reads all.
#[derive(Debug)]
pub struct ShareFeed {
    ranges: mpsc::Receiver<Result<Range, FeedError>>,
}

impl ShareFeed {
    /// Ranges of at most `batch` positions after `after`. They are read for as long as the feed is kept.
    pub fn new(journal: Journal, after: Position, batch: usize, share: Share) -> Self {
        let (sender, ranges) = mpsc::channel(1);
        tokio::spawn(async move {
            let reading = read_share(journal, after, batch as u64, &share, &sender);
            tokio::select! {
                () = sender.closed() => {}
                () = reading => {}
            }
        });
        Self { ranges }
    }

    /// Waits until the log has more.
    pub async fn next(&mut self) -> Result<Range, FeedError> {
        self.ranges.recv().await.unwrap_or_else(ended)
    }
}

/// Reads until an error, which is handed on too, or until nobody listens.
async fn read_share(
    journal: Journal,
    mut after: Position,
    batch: u64,
    share: &Share,
    to: &mpsc::Sender<Result<Range, FeedError>>,
) {
    let mut follower = journal.follow();
    loop {
        let head = follower.after(after).await;
        let end = head.min(Position::new(after.get() + batch));
        let range = range(&journal, after, end, share).await;
        let failed = range.is_err();
        if to.send(range).await.is_err() || failed {
            return;
        }
        after = end;
    }
}

async fn range(journal: &Journal, after: Position, to: Position, share: &Share) -> Result<Range, FeedError> {
    let client = journal.client().await.map_err(|error| FeedError(error.into()))?;
    let failed = |error: tokio_postgres::Error| FeedError(error.into());
    if !Share::is_there(&client, to).await.map_err(failed)? {
        return Err(FeedError(format!("the log has nothing at {to}, where its head was").into()));
    }
    let rows = share.rows(&client, EVENT_COLUMNS, after, to).await.map_err(failed)?;
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
