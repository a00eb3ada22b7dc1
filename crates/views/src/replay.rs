//! Replaying: the log, or an export of it, folded into tables of its own, up to a position, and compared row by row with
//! what readers see.
//!
//! What readers see is known as it is now, and as it was at no earlier position: so it is compared where both have folded
//! the same events, and nowhere else. Where rows differ, the events that name them are folded once more, one at a time,
//! to see from which event on they do ([`Divergence`]).
//!
//! A replay that is broken off drops what it made; what one left that was killed, the next one drops.

mod compare;
mod mention;
mod rows;
mod trace;

use chancery_journal::{Role, config_for};
use chancery_wire::Position;
use deadpool_postgres::ClientWrapper;
use serde::Serialize;
use tokio_postgres::NoTls;
use tokio_util::sync::CancellationToken;

pub use compare::{ComparedTable, Comparison};
pub use rows::{DifferentColumn, DifferentRow};
pub use trace::Divergence;

use crate::{
    Digest, Feeds, View, digest,
    runner::{connect, with_options},
    verify::{Fold, Live, Scratch, VerifyError, failed, snapshot, sweep},
};

/// How long tables stay that somebody wants to look at.
const KEEP_HOURS: i32 = 24;

/// What is folded, and how far.
#[derive(Debug, Clone, Copy)]
pub struct Replay<'a> {
    pub view: &'static dyn View,
    pub events: &'a dyn Feeds,
    /// Where they end. Those of a log go on meanwhile, those of an export do not.
    pub end: Position,
    pub ends: bool,
    /// Up to here; by default up to where what readers see stands when it is compared.
    pub to: Option<Position>,
    /// So many rows that differ are looked at, of each table.
    pub rows: usize,
    /// Leave the tables there for a day.
    pub keep: bool,
}

/// How far a replay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Folding {
        reached: Position,
        of: Position,
    },
    Comparing,
    /// Looks from which event on the rows differ.
    Tracing {
        reached: Position,
        of: Position,
    },
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    pub projection: &'static str,
    pub version: u32,
    /// Every event up to here is folded. Where the shards that it is compared with stand apart, the least of them.
    pub position: Position,
    pub tables: Vec<FoldedTable>,
    pub comparison: Option<Comparison>,
    /// Why there is none.
    pub not_compared: Option<String>,
    /// The schema that was kept, for a day.
    pub kept: Option<String>,
}

/// A table as it was folded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoldedTable {
    pub table: String,
    pub rows: u64,
    /// The sum of the rows' hashes: what is equal has equal sums.
    pub digest: Digest,
}

/// A view could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("replaying {view} failed")]
    Failed { view: &'static str, source: VerifyError },
    #[error("replaying {view} was interrupted; nothing of it is left")]
    Interrupted { view: &'static str },
}

impl Replay<'_> {
    /// Replays in the database at `url`, until `stop` is cancelled.
    pub async fn run(
        &self,
        url: &str,
        stop: &CancellationToken,
        tell: impl Fn(Progress),
    ) -> Result<Replayed, ReplayError> {
        let view = self.view.name();
        let wrong = |source| ReplayError::Failed { view, source };
        let mut client = connect_patiently(url).await.map_err(wrong)?;
        let done = async {
            sweep(&mut client).await?;
            self.fold_and_compare(&mut client, &tell).await
        };
        let done = stop.run_until_cancelled(done).await;
        if let Some(Ok(replayed)) = done {
            return Ok(replayed);
        }
        // Whatever it was in the midst of has no use any more.
        let _ = client.cancel_token().cancel_query(NoTls).await;
        let mut swept = sweep(&mut client).await;
        if swept.is_err() {
            // It was this that was cancelled.
            swept = sweep(&mut client).await;
        }
        match done {
            Some(Err(source)) => Err(wrong(source)),
            _ => swept.map_err(wrong).and(Err(ReplayError::Interrupted { view })),
        }
    }

    async fn fold_and_compare(
        &self,
        client: &mut ClientWrapper,
        tell: &impl Fn(Progress),
    ) -> Result<Replayed, VerifyError> {
        let scratch = Scratch::make(client, self.view).await?;
        let before = snapshot(client).await?;
        let live = Live::read(&before, self.view).await?;
        before.rollback().await.map_err(failed("ending a snapshot"))?;
        let of = self.to.unwrap_or_else(|| live.as_ref().map_or(self.end, |live| live.least().min(self.end)));
        let mut fold = Fold::new(self.view, scratch.schema_name(), self.events, live.as_ref()).await?;
        fold.up_to(client, of, |reached| tell(Progress::Folding { reached, of })).await?;

        tell(Progress::Comparing);
        let snapshot = snapshot(client).await?;
        let live = Live::read(&snapshot, self.view).await?;
        let comparable = self.comparable(live, &fold);
        if let Ok(live) = &comparable {
            fold.level(&snapshot, live, self.to.unwrap_or_else(|| live.most())).await?;
        }
        let digests = digest::tables(&snapshot, scratch.schema_name()).await;
        let digests = digests.map_err(failed("counting what was folded"))?;
        let (mut comparison, not_compared) = match comparable {
            Ok(live) => {
                let compared =
                    compare::compare(&snapshot, &live, &fold, (scratch.schema_name(), &digests), self.rows);
                (Some((compared.await?, live)), None)
            }
            Err(why) => (None, Some(why)),
        };
        snapshot.commit().await.map_err(failed("ending a snapshot"))?;

        if let Some((comparison, live)) = comparison.as_mut().filter(|(found, _)| !found.equal) {
            self.trace(client, live, comparison, tell).await?;
        }
        let kept = self.keep.then(|| scratch.schema_name().to_owned());
        if self.keep {
            scratch.keep(client, KEEP_HOURS).await?;
        } else {
            scratch.discard(client).await?;
        }
        Ok(Replayed {
            projection: self.view.name(),
            version: self.view.version(),
            position: comparison.as_ref().map_or(of, |(_, live)| self.to.unwrap_or_else(|| live.least())),
            tables: digests
                .into_iter()
                .map(|(table, digest)| FoldedTable { table, rows: digest.count, digest })
                .collect(),
            comparison: comparison.map(|(comparison, _)| comparison),
            not_compared,
            kept,
        })
    }

    /// What readers see, if it has been given the events that were folded; otherwise why it is not compared.
    fn comparable(&self, live: Option<Live>, fold: &Fold<'_>) -> Result<Live, String> {
        let Some(live) = live else {
            return Err("readers see no build of the version that this program knows".to_owned());
        };
        let (least, most) = (live.least(), live.most());
        let Some(to) = self.to else {
            return if self.ends && most > self.end {
                Err(format!("what readers see stands at {most}, the export ends at {}", self.end))
            } else if least < fold.position() {
                // They were given another build meanwhile.
                Err(format!("what readers see stands at {least}, and {} is folded", fold.position()))
            } else {
                Ok(live)
            };
        };
        // Where nothing that the view wants came in between, it is the same at both positions.
        let same_events = live.shards.iter().map(|shard| shard.given).eq(fold.logged());
        if (least, most) == (to, to) || same_events {
            Ok(live)
        } else if most > to {
            Err(format!(
                "what readers see stands at {most}: as it was at {to}, it is kept nowhere but in the log"
            ))
        } else {
            Err(format!("what readers see stands at {least}, and has yet to get to {to}"))
        }
    }
}

/// Nobody waits for what is locked here, and the last step may take its time.
async fn connect_patiently(url: &str) -> Result<ClientWrapper, VerifyError> {
    let options = "-c synchronous_commit=off -c idle_in_transaction_session_timeout=1min -c timezone=UTC";
    let config = with_options(config_for(url, Role::Views)?, options);
    Ok(connect(&config).await.map_err(failed("connecting to replay a view"))?.client)
}
