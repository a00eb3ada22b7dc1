//! The background auditor: compares, all the time, what the projections say of themselves with the log and with their
//! own rows, so that an event that was skipped is found by us and not by who misses it.
//!
//! Of each view's live build: no shard stands above the log's head or behind where it stood; each was given as many
//! events of the log, and the same ones, as the log has for it up to there; and the rows are those that the engine
//! wrote. Events are counted once: `projection_audits` remembers how far. Rows must be read to be counted, so
//! at most a hundredth of the time goes into that.
//!
//! One process audits, whichever holds the advisory lock; all of them tell what it found.

mod book;
mod events;
mod pace;
mod round;
mod store;

use std::{collections::BTreeMap, time::Duration};

use chancery_wire::Position;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_postgres::Config;
use tokio_util::sync::CancellationToken;

pub use book::AuditBook;

use crate::{
    View,
    runner::{chain, connect},
};
use pace::Pace;

/// What the auditor found of one subject: a view by its name, or `stream`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Up to here its events are compared.
    pub position: Position,
    pub audited_at: Timestamp,
    /// What differs; each stands until the build is replaced.
    pub differences: Vec<String>,
}

/// What was found last, by subject.
pub type Audits = BTreeMap<String, Audit>;

/// The audit could not be made, which says nothing about what it would have found.
#[derive(Debug, thiserror::Error)]
#[error("{action} failed")]
pub struct AuditError {
    action: &'static str,
    source: tokio_postgres::Error,
}

fn failed(action: &'static str) -> impl FnOnce(tokio_postgres::Error) -> AuditError {
    move |source| AuditError { action, source }
}

/// Audits every `interval`, until it is told to stop.
#[derive(Debug)]
pub(crate) struct Auditor {
    pub(crate) config: Config,
    pub(crate) views: Vec<&'static dyn View>,
    pub(crate) interval: Duration,
    pub(crate) found: watch::Sender<Audits>,
    pub(crate) stop: CancellationToken,
}

/// No statement of an audit holds up the database's housekeeping for longer.
const LONGEST_STATEMENT: &str = "SET statement_timeout = '30s'; SET max_parallel_workers_per_gather = 0";
/// One at a time audits a subject, of all processes.
const LOCK: &str = "SELECT pg_try_advisory_lock(hashtext('chancery audit'), hashtext($1))";

impl Auditor {
    pub(crate) async fn run(self) {
        let mut pace = Pace::default();
        let forever = async {
            loop {
                match self.round(&mut pace).await {
                    Ok(audits) => drop(self.found.send_replace(audits)),
                    Err(error) => {
                        tracing::warn!(error = chain(&error), "the audit of the projections failed");
                    }
                }
                tokio::time::sleep(self.interval).await;
            }
        };
        self.stop.run_until_cancelled(forever).await;
    }

    /// Audits, unless another process does; and reads what was found. The lock ends with the connection.
    async fn round(&self, pace: &mut Pace) -> Result<Audits, AuditError> {
        let mut client =
            connect(&self.config).await.map_err(failed("connecting to audit the projections"))?.client;
        client.batch_execute(LONGEST_STATEMENT).await.map_err(failed("setting up the audit"))?;
        let mine: bool =
            client.query_one(LOCK, &[&"views"]).await.map_err(failed("taking the audit's lock"))?.get(0);
        if mine {
            let until = tokio::time::Instant::now() + self.interval.max(Duration::from_secs(1)) / 2;
            for view in &self.views {
                // One that cannot be read keeps nobody from looking at the others.
                if let Err(error) = round::audit(&mut client, *view, pace, until).await {
                    let error = chain(&error);
                    tracing::warn!(view = view.name(), error, "the audit of a projection failed");
                }
            }
        }
        store::all(&client).await
    }
}
