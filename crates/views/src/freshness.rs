//! Waiting until a view has reached a position.
//!
//! Where the view's runner is in this process, its status says so at once. Elsewhere its checkpoint is looked
//! at, only while somebody waits, by one of those who wait for all of them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use chancery_journal::JournalError;
use chancery_wire::Position;
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep, timeout_at},
};

use crate::{Reader, State, Status, Statuses, View};

const CHECKPOINTS: &str = include_str!("freshness/checkpoints.sql");
const SHORTEST_LOOK: Duration = Duration::from_millis(2);
const LONGEST_LOOK: Duration = Duration::from_millis(50);

/// The view did not get there in time.
#[derive(Debug, thiserror::Error)]
#[error("view {view} has not reached position {wanted}")]
pub struct Behind {
    pub view: &'static str,
    pub wanted: Position,
}

/// What this process knows of the views' positions.
#[derive(Debug, Clone)]
pub(crate) enum Freshness {
    /// Their runner is here.
    Told(Statuses),
    /// Their runner is elsewhere.
    Looked(Arc<Looked>),
}

/// The live builds' checkpoints by view and version, as last looked at.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    seen: watch::Sender<BTreeMap<(String, u32), Position>>,
    /// Held by whoever looks; the others watch what is seen.
    looking: Mutex<()>,
}

impl Freshness {
    pub(crate) fn new(statuses: Option<Statuses>) -> Self {
        statuses.map_or_else(|| Self::Looked(Arc::default()), Self::Told)
    }
}

impl Reader {
    /// Waits until answers from `view` reflect `wanted` or more.
    pub async fn wait_for(&self, view: &dyn View, wanted: Position, deadline: Instant) -> Result<(), Behind> {
        let reached = async {
            match &self.freshness {
                Freshness::Told(statuses) => told(statuses, view, wanted).await,
                Freshness::Looked(looked) => self.look(looked, view, wanted).await,
            }
        };
        timeout_at(deadline, reached).await.map_err(|_| Behind { view: view.name(), wanted })
    }

    /// Looks until it is seen, unless another one who waits is looking already.
    async fn look(&self, looked: &Looked, view: &dyn View, wanted: Position) {
        let key = (view.name().to_owned(), view.version());
        let mut seen = looked.seen.subscribe();
        let reached = |seen: &BTreeMap<_, Position>| seen.get(&key).is_some_and(|at| *at >= wanted);
        let look = async {
            let _looking = looked.looking.lock().await;
            let mut waits = ExponentialBuilder::default()
                .with_min_delay(SHORTEST_LOOK)
                .with_max_delay(LONGEST_LOOK)
                .without_max_times()
                .build();
            while !reached(&looked.seen.borrow()) {
                match self.checkpoints().await {
                    Ok(checkpoints) => looked.seen.send_replace(checkpoints),
                    // The read that follows says so to whoever asked.
                    Err(error) => {
                        tracing::debug!(%error, "looking at the views' checkpoints failed");
                        BTreeMap::new()
                    }
                };
                if !reached(&looked.seen.borrow()) {
                    sleep(waits.next().unwrap_or(LONGEST_LOOK)).await;
                }
            }
        };
        tokio::select! {
            _ = seen.wait_for(reached) => {}
            () = look => {}
        }
    }

    async fn checkpoints(&self) -> Result<BTreeMap<(String, u32), Position>, LookError> {
        let client = self.journal().client().await?;
        let statement = client.prepare_cached(CHECKPOINTS).await?;
        let rows = client.query(&statement, &[]).await?;
        let checkpoint = |row: &tokio_postgres::Row| {
            ((row.get(0), row.get::<_, i32>(1).cast_unsigned()), Position::from_i64(row.get(2)))
        };
        Ok(rows.iter().map(checkpoint).collect())
    }
}

#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error("no connection to look at the checkpoints")]
    Connection(#[from] JournalError),
    #[error("reading the checkpoints failed")]
    Query(#[from] tokio_postgres::Error),
}

async fn told(statuses: &Statuses, view: &dyn View, wanted: Position) {
    // Before it is live for the first time, another build answers, or none.
    let answers = |state| !matches!(state, State::Starting | State::Filling);
    let reached = |status: &Status| status.position >= wanted && answers(status.state);
    let came = match statuses.watch(view) {
        Some(mut status) => status.wait_for(reached).await.is_ok(),
        None => false,
    };
    if !came {
        // Nobody here moves the view, or will again: the deadline ends this.
        std::future::pending::<()>().await;
    }
}
