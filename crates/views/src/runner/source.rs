//! Where a group's events come from: the runner's feeds, or the log alone while a build is filled.

use chancery_journal::Journal;
use chancery_wire::Position;

use super::group::Told;
use crate::{BoxFeed, FeedError, Feeds, JournalFeed, Phase};

/// Events in a batch of a build that is filled: enough that the commits do not count.
const BATCH: usize = 5_000;

/// A feed of the events after `after`.
pub(crate) async fn open(
    feeds: &dyn Feeds,
    journal: &Journal,
    told: &Told,
    after: Position,
) -> Result<BoxFeed, FeedError> {
    match told.phase {
        Phase::Filling => Ok(Box::new(JournalFeed::new(journal.clone(), after, BATCH))),
        _ => feeds.open(after).await,
    }
}
