//! A group far behind: reads the log itself, in stretches as long as what they fold to is not too much, until it is near
//! the head. A build that is filled is far behind until it is kept up by the feed.

use std::time::{Duration, Instant};

use chancery_wire::Position;
use deadpool_postgres::ClientWrapper;
use tokio::sync::{oneshot, watch};

use super::{
    RunError, TELL,
    batch::Applied,
    group::{Group, Left, Told},
    pace::Rate,
    shards::Shards,
};
use crate::{
    Phase,
    stretch::{self, Wanted},
};

/// So many events behind the head, a stretch is worth a connection of its own.
pub(super) const FAR: u64 = 20_000;
/// Events of a batch that is not.
const BATCH: u64 = 5_000;

impl Group {
    /// Applies what the log has. Returns when the feed may take over, or the group has to leave.
    pub(super) async fn catch_up(
        &mut self,
        client: &mut ClientWrapper,
        ended: &mut oneshot::Receiver<()>,
        shards: &mut Shards,
        told: &Told,
    ) -> Result<Option<Left>, RunError> {
        let mut follower = self.context.journal.follow();
        let mut rate = Rate::default();
        // Up to here a stretch failed: batches find out which event it is.
        let mut hindered = Position::START;
        while let Some(position) = shards.least() {
            let began = Instant::now();
            let head = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Ok(Some(Left::Stopped)),
                _ = self.told.changed() => return Ok(Some(Left::Changed)),
                _ = &mut *ended => return Err(RunError::Disconnected),
                head = async {
                    if told.phase == Phase::Filling { follower.after(position).await } else { follower.head() }
                } => head,
            };
            let lacks = head.get().saturating_sub(position.get());
            if told.phase != Phase::Filling && lacks <= FAR {
                return Ok(None);
            }
            let most = told.events_per_second.unwrap_or(u64::MAX).min(lacks);
            let applied = if most > BATCH && position >= hindered && shards.are_even() {
                let to = Position::new(position.get() + most);
                match self.stretch(client, shards, position, to, rate.now()).await {
                    Err(RunError::Apply { last, source, .. }) if source.is_permanent() => {
                        hindered = last;
                        continue;
                    }
                    Ok(None) => continue,
                    Ok(Some(done)) => done,
                    Err(error) => return Err(error),
                }
            } else {
                let most = usize::try_from(most.min(BATCH)).unwrap_or(1);
                let events = self.context.journal.read(position, most).await?;
                let Some(to) = events.last().map(|event| event.position) else { continue };
                self.apply(client, shards, events, to, rate.now()).await?
            };
            if applied == Applied::Fenced {
                tracing::info!(view = self.view.name(), "a shard was lost, or stands elsewhere");
                return Ok(Some(Left::Changed));
            }
            // Of the log, whether the view wants them or not: that is what is left to do.
            let moved = shards.least().unwrap_or(position).get().saturating_sub(position.get());
            rate.count(moved);
            self.show(shards, told);
            if told.phase == Phase::Filling && moved >= lacks {
                // Whoever leads its rebuild need not find that out by looking.
                let failed = |source| RunError::Coordinate { action: "telling of a filled build to", source };
                client.batch_execute(TELL).await.map_err(failed)?;
            }
            if let Some(limit) = told.events_per_second {
                #[expect(clippy::cast_precision_loss, reason = "a pace, not a count")]
                let due = Duration::from_secs_f64(moved as f64 / limit as f64);
                let rest = due.saturating_sub(began.elapsed());
                tokio::select! {
                    () = self.stop.cancelled() => return Ok(Some(Left::Stopped)),
                    _ = self.told.changed() => return Ok(Some(Left::Changed)),
                    () = tokio::time::sleep(rest) => {}
                }
            }
        }
        Ok(None)
    }

    /// Reads a stretch and applies it; `None` where it is told something else while it reads.
    async fn stretch(
        &mut self,
        client: &mut ClientWrapper,
        shards: &mut Shards,
        after: Position,
        to: Position,
        rate: Option<f32>,
    ) -> Result<Option<Applied>, RunError> {
        let wanted = Wanted {
            view: self.view,
            build: self.build.clone(),
            shards: shards.0.keys().copied().collect(),
            after,
            to,
        };
        let stretch = tokio::select! {
            () = self.stop.cancelled() => return Ok(None),
            // Left for the caller to see.
            () = changed(&self.told) => return Ok(None),
            stretch = stretch::read(&self.context.config, wanted) => stretch?,
        };
        let writer = self.writer();
        let applied = stretch.write(client, &self.build, writer, shards, rate).await?;
        self.moved |= applied == Applied::Committed;
        Ok(Some(applied))
    }
}

/// Waits for news, and leaves them unseen.
async fn changed(told: &watch::Receiver<Told>) {
    let _ = told.clone().changed().await;
}
