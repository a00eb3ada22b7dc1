//! The events of a fold, as a feed brings them, a batch ahead.

use chancery_wire::{Position, Recorded};
use tokio::{sync::mpsc, task::AbortHandle};

use crate::{FeedError, Feeds};

/// Batches that wait: while one is folded, the next is read.
const AHEAD: usize = 2;

/// Events in the log's order, without a gap, up to wherever is asked.
pub(crate) struct Events {
    batches: mpsc::Receiver<Result<Vec<Recorded>, FeedError>>,
    /// What came and was not asked for yet.
    rest: Vec<Recorded>,
    reader: AbortHandle,
}

impl Events {
    pub(crate) async fn open(feeds: &dyn Feeds, after: Position) -> Result<Self, FeedError> {
        let mut feed = feeds.open(after).await?;
        let (sender, batches) = mpsc::channel(AHEAD);
        let reader = tokio::spawn(async move {
            loop {
                let batch = feed.next().await;
                let failed = batch.is_err();
                if sender.send(batch).await.is_err() || failed {
                    return;
                }
            }
        });
        Ok(Self { batches, rest: Vec::new(), reader: reader.abort_handle() })
    }

    /// The next ones, none after `last`; empty where the next one is.
    pub(crate) async fn next(&mut self, last: Position) -> Result<Vec<Recorded>, FeedError> {
        if self.rest.is_empty() {
            self.rest = self.batches.recv().await.ok_or_else(|| FeedError("the feed ended".into()))??;
        }
        let wanted = self.rest.partition_point(|event| event.position <= last);
        let later = self.rest.split_off(wanted);
        Ok(std::mem::replace(&mut self.rest, later))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
