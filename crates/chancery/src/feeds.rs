//! The views' feed: the stream, and the log itself for what the stream does not have. The only place where the
//! sdk meets the journal.
//!
//! A log that was restored to an earlier point has a stream beside it that tells of another history, under the same log
//! id. So a batch counts only if its last event is the log's: one look by key for a batch. Where it is not, or where the
//! stream says that it is of another log, the views follow the log alone.

use async_nats::Client;
use chancery_journal::Journal;
use chancery_sdk::{Batch, Feed, Repair, RepairError};
use chancery_views::{BoxFeed, FeedError, Feeds, JournalFeed};
use chancery_wire::{Position, Recorded, Topology};
use futures_util::{FutureExt as _, future::BoxFuture};
use uuid::Uuid;

/// Events that a view takes at once where the log itself feeds it.
pub(crate) const BATCH: usize = 1_000;

/// Opens feeds from JetStream that the journal repairs.
#[derive(Debug)]
pub(crate) struct StreamFeeds {
    pub(crate) client: Client,
    pub(crate) topology: Topology,
    pub(crate) journal: Journal,
    pub(crate) log_id: Uuid,
}

impl Feeds for StreamFeeds {
    fn open(&self, after: Position) -> BoxFuture<'_, Result<BoxFeed, FeedError>> {
        let log = Log(self.journal.clone());
        let stream = Feed::open(self.client.clone(), self.topology.clone(), after, log).of_log(self.log_id);
        let feed = StreamFeed { stream, journal: self.journal.clone(), alone: None };
        std::future::ready(Ok(Box::new(feed) as BoxFeed)).boxed()
    }
}

struct StreamFeed {
    stream: Feed<Log>,
    journal: Journal,
    /// The log by itself, once the stream was found to be another one's.
    alone: Option<JournalFeed>,
}

/// Whether the log has the batch's last event where the stream has it; then it has all before.
async fn is_of_the_log(journal: &Journal, batch: &Batch) -> Result<bool, FeedError> {
    let Some(last) = batch.events().last() else { return Ok(true) };
    let event = journal.event(last.position).await.map_err(|error| FeedError(error.into()))?;
    Ok(event.is_some_and(|event| event.event_id == last.event_id))
}

impl chancery_views::Feed for StreamFeed {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async {
            if let Some(alone) = &mut self.alone {
                return alone.next().await;
            }
            let position = match self.stream.next().await {
                Ok(batch) if is_of_the_log(&self.journal, &batch).await? => return Ok(batch.into_events()),
                Ok(batch) => {
                    let position = batch.after();
                    tracing::error!(
                        %position,
                        "the stream goes on otherwise than the log, which was restored to an earlier point; views \
                         follow the log alone until `chancery relay reset --new-log-id`"
                    );
                    position
                }
                Err(error @ chancery_sdk::FeedError::OtherLog { .. }) => {
                    tracing::error!(%error, "views follow the log alone");
                    self.stream.position()
                }
                Err(error) => return Err(FeedError(error.into())),
            };
            self.alone.insert(JournalFeed::new(self.journal.clone(), position, BATCH)).next().await
        }
        .boxed()
    }
}

#[derive(Debug)]
struct Log(Journal);

impl Repair for Log {
    async fn after(&self, position: Position) {
        self.0.follow().after(position).await;
    }

    async fn read(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, RepairError> {
        self.0.read(position, limit).await.map_err(|error| RepairError::Failed(error.into()))
    }
}
