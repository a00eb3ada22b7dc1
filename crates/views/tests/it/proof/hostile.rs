//! A feed that does what no feed should, and everything that one may: events come twice, late, in another order, with
//! holes, and it breaks.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use chancery_journal::Journal;
use chancery_views::{BoxFeed, Feed, FeedError, Feeds, JournalFeed};
use chancery_wire::{Position, Recorded};
use futures_util::{FutureExt, future::BoxFuture};

/// What a feed does to a batch.
#[derive(Debug, Clone, Copy)]
pub enum Mischief {
    /// Nothing at all.
    Honest,
    /// Every event twice.
    Twice,
    /// What came in the batch before comes again before it.
    Again,
    /// This batch is held back, and comes with the next.
    Late,
    /// The other way round.
    Reversed,
    /// Without its first event.
    Hole,
    /// Without an event in its midst.
    HoleWithin,
    /// Without its last event, which comes by itself after it. Not never: a feed that is silent about the log's last event
    /// would be one that nobody could find out.
    Short,
    /// The feed ends.
    Breaks,
}

/// Feeds from the log that do one thing after the other, whoever opens them, and are honest after that: what holds
/// up its worker for ever would hold up the log.
#[derive(Debug)]
pub struct Hostile {
    pub journal: Journal,
    pub batch: usize,
    pub mischiefs: Vec<Mischief>,
    turn: Arc<AtomicUsize>,
}

impl Hostile {
    pub fn new(journal: Journal, batch: usize, mischiefs: Vec<Mischief>) -> Self {
        Self { journal, batch, mischiefs, turn: Arc::default() }
    }
}

struct HostileFeed {
    feed: JournalFeed,
    mischiefs: Vec<Mischief>,
    turn: Arc<AtomicUsize>,
    before: Vec<Recorded>,
    withheld: Option<Recorded>,
}

impl Feeds for Hostile {
    fn open(&self, after: Position) -> BoxFuture<'_, Result<BoxFeed, FeedError>> {
        let feed = HostileFeed {
            feed: JournalFeed::new(self.journal.clone(), after, self.batch),
            mischiefs: self.mischiefs.clone(),
            turn: self.turn.clone(),
            before: Vec::new(),
            withheld: None,
        };
        async move { Ok(Box::new(feed) as BoxFeed) }.boxed()
    }
}

impl HostileFeed {
    fn mischief(&self) -> Mischief {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.mischiefs.get(turn).copied().unwrap_or(Mischief::Honest)
    }
}

impl Feed for HostileFeed {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async move {
            if let Some(withheld) = self.withheld.take() {
                return Ok(vec![withheld]);
            }
            let mut batch = self.feed.next().await?;
            let honest = batch.clone();
            match self.mischief() {
                Mischief::Twice => {
                    batch = honest.iter().flat_map(|event| [event.clone(), event.clone()]).collect();
                }
                Mischief::Again => batch = self.before.iter().chain(&honest).cloned().collect(),
                // Only what is at hand: at the log's end there is no next batch to come with.
                Mischief::Late if honest.len() > 1 => {
                    let (first, rest) = honest.split_at(honest.len() / 2);
                    batch = rest.iter().chain(first).cloned().collect();
                }
                Mischief::Reversed => batch.reverse(),
                Mischief::Hole if batch.len() > 1 => drop(batch.remove(0)),
                Mischief::HoleWithin if batch.len() > 2 => drop(batch.remove(1)),
                Mischief::Short if batch.len() > 1 => self.withheld = batch.pop(),
                Mischief::Honest
                | Mischief::Late
                | Mischief::Hole
                | Mischief::HoleWithin
                | Mischief::Short => {}
                Mischief::Breaks => return Err(FeedError("the stream is away".into())),
            }
            self.before = honest;
            Ok(batch)
        }
        .boxed()
    }
}
