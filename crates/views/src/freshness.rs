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

use crate::{Reader, Status, Statuses, View};

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
pub(crate) struct Freshness {
    /// Of the runner in this process, which knows as much as it applies itself.
    told: Option<Statuses>,
    looked: Arc<Looked>,
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
        Self { told: statuses, looked: Arc::default() }
    }
}

impl Reader {
    /// Waits until answers from `view` reflect `wanted` or more.
    pub async fn wait_for(&self, view: &dyn View, wanted: Position, deadline: Instant) -> Result<(), Behind> {
        let Freshness { told, looked } = &self.freshness;
        let told = told.as_ref().and_then(|statuses| statuses.watch(view));
        let reached = async {
            match told {
                None => self.look(looked, view, wanted).await,
                Some(mut status) => while self.told(&mut status, view, wanted).await.is_none() {},
            }
        };
        timeout_at(deadline, reached).await.map_err(|_| Behind { view: view.name(), wanted })
    }

    /// Waits until the runner of this process says so, and looks while others apply some of the view too. `None`
    /// where who applies what has changed.
    async fn told(
        &self,
        status: &mut watch::Receiver<Status>,
        view: &dyn View,
        wanted: Position,
    ) -> Option<()> {
        let answers = |status: &Status| status.whole && status.position >= wanted;
        let shared = {
            let status = status.borrow_and_update();
            if answers(&status) {
                return Some(());
            }
            !status.whole
        };
        let told =
            status.wait_for(|status| if shared { status.whole } else { answers(status) || !status.whole });
        if shared {
            tokio::select! {
                () = self.look(&self.freshness.looked, view, wanted) => return Some(()),
                Ok(_) = told => return None,
            }
        }
        if let Ok(answers) = told.await.map(|status| answers(&status)) {
            answers.then_some(())
        } else {
            // Nobody here moves the view any more; others may.
            self.look(&self.freshness.looked, view, wanted).await;
            Some(())
        }
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
