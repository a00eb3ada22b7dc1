//! Where the events come from: anything that gives ordered batches after a position. The binary puts the
//! stream's feed here; the journal alone is enough, and feeds while NATS is away.

use std::{error::Error, fmt};

use chancery_journal::{Follower, Journal};
use chancery_wire::{Position, Recorded};
use futures_util::{FutureExt, future::BoxFuture};

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
}

/// Reads the log itself, and sleeps until its head moves.
#[derive(Debug)]
pub struct JournalFeed {
    journal: Journal,
    follower: Follower,
    after: Position,
    batch: usize,
}

impl JournalFeed {
    /// Batches of at most `batch` events after `after`.
    pub fn new(journal: Journal, after: Position, batch: usize) -> Self {
        Self { follower: journal.follow(), journal, after, batch }
    }
}

impl Feed for JournalFeed {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async move {
            let head = self.follower.after(self.after).await;
            let batch = self.journal.read(self.after, self.batch).await;
            let batch = batch.map_err(|error| FeedError(error.into()))?;
            let Some(last) = batch.last() else {
                // Somebody took them away: whoever waits here waits for ever.
                let after = self.after;
                return Err(FeedError(
                    format!("the log's head is {head}, and nothing comes after {after}").into(),
                ));
            };
            self.after = last.position;
            Ok(batch)
        }
        .boxed()
    }
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
}
