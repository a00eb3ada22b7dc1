//! Typed events for a handler that keeps its place with its own data.
//!
//! A [`Consumer`] says what is followed and how. [`Consumer::run`] hands it to a [`Handler`], tries again what failed,
//! and stops where it is told to; [`Consumer::deliveries`] is the same for who has a loop of their own.
//!
//! **Exactly once in effect.** The log has each event once, and a consumer's place in it is a [`Checkpoint`]. A handler
//! that keeps the checkpoint in the same transaction as what it derived has applied each event once, whatever is killed
//! at whatever moment: either both are kept or neither is, and the next start asks the handler, not a server, where to
//! go on. After a failure the handler is asked again too, so that a commit whose answer was lost is not repeated.

mod checkpoint;
mod delivery;
mod each;
mod error;
mod file;
mod handler;
mod run;

use async_nats::Client;
use chancery_wire::{Position, Recorded, Topology};

pub use checkpoint::{Checkpoint, Checkpoints};
pub use delivery::{Delivered, Deliveries, Delivery};
pub use each::Each;
pub use error::{ConsumerError, Failure};
pub use file::FileCheckpoints;
pub use handler::Handler;
pub use run::Retry;

use crate::{Api, Feed, Filter, HttpLog, NoRepair, Part, Repair, RepairError};

/// What is followed, and how. Cheap to clone; nothing is connected before it is run.
#[derive(Debug, Clone)]
pub struct Consumer {
    nats: Option<(Client, Topology)>,
    api: Option<Api>,
    filter: Filter,
    unknown: Unknown,
    retry: Retry,
}

/// What is done with an event that this build cannot read: of a type that is newer, or in a newer schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unknown {
    /// The consumer ends with [`ConsumerError::Unreadable`], and goes on there once it was built anew.
    #[default]
    Stop,
    /// It is left out, which a warning says. For who does not care for types that it does not know.
    PassOver,
}

impl Consumer {
    /// Follows the stream that this client reaches. Without [`Self::repaired_by`] it waits while NATS is away, and
    /// what the stream has lost is an error.
    pub fn new(client: Client, topology: Topology) -> Self {
        Self { nats: Some((client, topology)), ..Self::over() }
    }

    /// Follows the API's events, for who has no NATS.
    pub fn over_http(api: Api) -> Self {
        Self { api: Some(api), ..Self::over() }
    }

    fn over() -> Self {
        Self {
            nats: None,
            api: None,
            filter: Filter::all(),
            unknown: Unknown::default(),
            retry: Retry::default(),
        }
    }

    /// Reads over HTTP what the stream does not have: its beginning, where its retention passed, and everything while
    /// NATS is away.
    #[must_use]
    pub fn repaired_by(mut self, api: Api) -> Self {
        self.api = Some(api);
        self
    }

    /// Only these events. What is left out is no gap, and the checkpoint moves on over it.
    ///
    /// A checkpoint says nothing of the filter that it was kept under: whoever wants more than before begins anew, or
    /// reads what is missing by itself.
    #[must_use]
    pub fn wanting(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    #[must_use]
    pub fn on_unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    /// How long to wait before what failed is tried again.
    #[must_use]
    pub fn retrying(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// What follows a checkpoint; `None`: everything from the log's beginning. To be called where tokio runs.
    pub fn deliveries(&self, after: Option<Checkpoint>) -> Deliveries {
        let position = after.map_or(Position::START, |checkpoint| checkpoint.position);
        let http = self.api.clone().map(|api| match &self.nats {
            Some((client, topology)) => HttpLog::beside(api, client.clone(), topology),
            None => HttpLog::new(api),
        });
        let http = match (http, after) {
            (Some(http), Some(checkpoint)) => Some(http.of_log(checkpoint.log_id)),
            (http, _) => http,
        };
        let repair = http.map_or(Other::Nothing(NoRepair), Other::Http);
        let mut feed = match &self.nats {
            Some((client, topology)) => Feed::open(client.clone(), topology.clone(), position, repair),
            None => Feed::without_stream(position, repair),
        };
        if let Some(checkpoint) = after {
            feed = feed.of_log(checkpoint.log_id);
        }
        Deliveries::new(feed.wanting(self.filter.clone()), self.unknown)
    }
}

/// The other way to the events, if there is one.
#[derive(Debug)]
enum Other {
    Nothing(NoRepair),
    Http(HttpLog),
}

impl Repair for Other {
    async fn after(&self, position: Position) {
        match self {
            Self::Nothing(nothing) => nothing.after(position).await,
            Self::Http(log) => log.after(position).await,
        }
    }

    async fn read(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, RepairError> {
        match self {
            Self::Nothing(nothing) => nothing.read(position, limit).await,
            Self::Http(log) => log.read(position, limit).await,
        }
    }

    async fn select(&self, position: Position, limit: usize, filter: &Filter) -> Result<Part, RepairError> {
        match self {
            Self::Nothing(nothing) => nothing.select(position, limit, filter).await,
            Self::Http(log) => log.select(position, limit, filter).await,
        }
    }
}
