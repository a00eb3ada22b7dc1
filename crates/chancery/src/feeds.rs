//! The views' feed: the stream, and the log itself for what the stream does not have. The only place where the
//! sdk meets the journal.

use async_nats::Client;
use chancery_journal::Journal;
use chancery_sdk::{Feed, Repair, RepairError};
use chancery_views::{BoxFeed, FeedError, Feeds};
use chancery_wire::{Position, Recorded, Topology};
use futures_util::{FutureExt as _, future::BoxFuture};
use uuid::Uuid;

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
        let feed = Feed::open(self.client.clone(), self.topology.clone(), after, log).of_log(self.log_id);
        std::future::ready(Ok(Box::new(StreamFeed(feed)) as BoxFeed)).boxed()
    }
}

struct StreamFeed(Feed<Log>);

impl chancery_views::Feed for StreamFeed {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async {
            let batch = self.0.next().await.map_err(|error| FeedError(error.into()))?;
            Ok(batch.into_events())
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
