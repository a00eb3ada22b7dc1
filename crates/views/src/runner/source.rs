//! Where a group's events come from: all of the log's, which must follow one another, or its shards' alone.

use chancery_wire::{Position, Recorded};

use super::RunError;
use crate::{BoxFeed, FeedError, Feeds, Range, Share, ShareFeed, planted};

pub(super) enum Source {
    All(BoxFeed),
    Share(ShareFeed),
}

impl Source {
    /// After `position`: the share alone, if it is a part of all and the feeds can tell it from the rest.
    pub(super) async fn open(feeds: &dyn Feeds, after: Position, share: Share) -> Result<Self, FeedError> {
        let part = if share.is_part() { feeds.open_share(after, share) } else { None };
        match part {
            Some(feed) => Ok(Self::Share(feed)),
            None => feeds.open(after).await.map(Self::All),
        }
    }

    /// The next ones after `position`.
    pub(super) async fn next(&mut self, position: Position) -> Result<Range, RunError> {
        loop {
            match self {
                Self::Share(feed) => return Ok(feed.next().await?),
                Self::All(feed) => {
                    if let Some(range) = after(position, feed.next().await?)? {
                        return Ok(range);
                    }
                }
            }
        }
    }
}

/// What of a feed's batch comes after `position`, where it goes on without a gap. `None` where nothing does.
fn after(position: Position, mut events: Vec<Recorded>) -> Result<Option<Range>, RunError> {
    events.retain(|event| event.position > position);
    let mut checkpoint = position;
    for event in &events {
        if event.position != checkpoint.next() && !planted::TRUSTING_FEED {
            return Err(RunError::Gap { checkpoint, found: event.position });
        }
        checkpoint = event.position;
    }
    let to = events.last().map(|event| event.position);
    Ok(to.map(|to| Range { events, to }))
}
