//! The log over HTTP, as a feed's other way to the events.

use async_nats::Client;
use chancery_wire::{Position, Recorded, Topology};
use tokio::{sync::watch, task::JoinSet};
use uuid::Uuid;

use super::{
    Api, ApiError,
    heads::{self, Heads},
    live::{self, Live},
    page::Page,
};
use crate::{Filter, Part, Repair, RepairError};

/// Fills a [`crate::Feed`]'s gaps with `GET /v1/events`, and is all of its events while NATS is away.
///
/// How far the log is the relay announces on NATS; where it does not, the live events over HTTP say it within
/// milliseconds. Those are not read while NATS speaks.
#[derive(Debug)]
pub struct HttpLog {
    api: Api,
    heads: Heads,
    asked: watch::Sender<Position>,
    /// Those that hear how far the log is. They end with this.
    _hearing: JoinSet<()>,
}

impl HttpLog {
    /// The log over HTTP alone. To be called where tokio runs.
    pub fn new(api: Api) -> Self {
        Self::hearing(api, None)
    }

    /// The log beside NATS, which says how far it is as long as it can. To be called where tokio runs.
    pub fn beside(api: Api, client: Client, topology: &Topology) -> Self {
        Self::hearing(api, Some((client, topology)))
    }

    fn hearing(api: Api, nats: Option<(Client, &Topology)>) -> Self {
        let (heads, asked, mut hearing) = (Heads::new(), watch::Sender::default(), JoinSet::new());
        if let Some((client, topology)) = &nats {
            hearing.spawn(heads::hear(heads.clone(), client.clone(), (*topology).clone()));
        }
        let nats = nats.map(|(client, _)| client);
        let live = Live { api: api.clone(), heads: heads.clone(), nats, asked: asked.subscribe() };
        hearing.spawn(live.run());
        Self { api, heads, asked, _hearing: hearing }
    }

    /// Accepts events of this log only. Without it, the first answer says which log it is.
    #[must_use]
    pub fn of_log(self, log_id: Uuid) -> Self {
        self.heads.follow(log_id);
        self
    }

    pub(crate) fn heads(&self) -> &Heads {
        &self.heads
    }

    async fn page(&self, position: Position, limit: usize, filter: &Filter) -> Result<Page, ApiError> {
        let page = match self.api.events(position, limit, filter).await {
            Err(error) if error.is("position_unknown") => {
                live::examine(&self.api, &self.heads, position).await?;
                return Err(error);
            }
            page => page?,
        };
        if self.heads.answered(page.log_id).is_ok() {
            self.heads.has(page.through);
        }
        Ok(page)
    }
}

impl Repair for HttpLog {
    async fn after(&self, position: Position) {
        self.asked.send_if_modified(|asked| {
            let more = position > *asked;
            *asked = position.max(*asked);
            more
        });
        self.heads.after(position).await;
    }

    async fn read(&self, position: Position, limit: usize) -> Result<Vec<Recorded>, RepairError> {
        let page = self.page(position, limit, &Filter::all()).await?;
        let found = page.log_id;
        self.heads.answered(found).map_err(|expected| ApiError::OtherLog { expected, found })?;
        Ok(page.events)
    }

    async fn select(&self, position: Position, limit: usize, filter: &Filter) -> Result<Part, RepairError> {
        let Page { log_id, mut events, through } = self.page(position, limit, filter).await?;
        events.retain(|event| filter.wants(event));
        // Which log it has to be, whoever asks knows.
        Ok(Part { log_id: Some(log_id), events, through })
    }
}

impl From<ApiError> for RepairError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::OtherLog { expected, found } => Self::OtherLog { expected, found },
            ApiError::CutOff { head, .. } => Self::CutOff { head },
            error => Self::Failed(error.into()),
        }
    }
}
