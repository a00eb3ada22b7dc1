//! Keeps the gate at the log's head, and begins anew where the log is another one.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use chancery_gate::ApplyError;
use chancery_wire::{Position, Recorded};
use tokio::time::sleep;

use super::{Shared, start, world::World};
use crate::{Feed, FeedError, HttpLog, Repair, RepairError, http::Listener};

/// Before a feed that failed is asked again.
const PAUSE: Duration = Duration::from_millis(250);
/// Before another copy is asked for.
const AGAIN: Duration = Duration::from_secs(1);
/// Events read at once where there is no stream.
const PAGE: usize = 1_000;

/// Why a gate begins anew.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the log was replaced, or cut off before what was read of it")]
    Replaced,
    #[error("an event cannot be folded")]
    Apply(#[source] ApplyError),
}

/// Where the events come from.
enum Source {
    Stream(Box<Feed<HttpLog>>),
    Http { log: HttpLog, position: Position },
}

/// For ever.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        let world = shared.world();
        let ended = follow(&shared, &world).await;
        tracing::warn!(
            error = &ended as &dyn std::error::Error,
            log_id = %world.log_id,
            position = %world.position(),
            "the gate begins anew, from a fresh copy"
        );
        shared.freshness.forget();
        let next = anew(&shared).await;
        tracing::warn!(log_id = %next.log_id, position = %next.position(), "the gate has begun anew");
        *shared.world.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
    }
}

/// Until the gate is worth nothing.
async fn follow(shared: &Shared, world: &World) -> Ended {
    let position = world.position();
    let log = match &shared.settings.nats {
        Some(nats) => HttpLog::beside(shared.api.clone(), nats.client.clone(), &nats.topology),
        None => HttpLog::new(shared.api.clone()),
    };
    let log = log.of_log(world.log_id);
    let heads = log.heads().listen();
    let source = match &shared.settings.nats {
        Some(nats) => {
            let feed = Feed::open(nats.client.clone(), nats.topology.clone(), position, log);
            Source::Stream(Box::new(feed.of_log(world.log_id)))
        }
        None => Source::Http { log, position },
    };
    tokio::select! {
        ended = fold(shared, world, source) => ended,
        ended = listen(shared, world, heads) => ended,
    }
}

async fn fold(shared: &Shared, world: &World, mut source: Source) -> Ended {
    let mut failing = false;
    loop {
        match source.next().await {
            Ok(events) => {
                failing = false;
                if let Err(error) = world.apply(&events) {
                    return Ended::Apply(error);
                }
                shared.freshness.reached(world.position());
            }
            Err(error) => {
                // It may pass; whether the gate may decide meanwhile, its staleness says.
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the gate's events do not come");
                }
                sleep(PAUSE).await;
            }
        }
    }
}

async fn listen(shared: &Shared, world: &World, mut heads: Listener) -> Ended {
    loop {
        match heads.next().await {
            Ok(head) => shared.freshness.heard(head, world.position()),
            Err(_) => return Ended::Replaced,
        }
    }
}

async fn anew(shared: &Shared) -> World {
    loop {
        sleep(AGAIN).await;
        match start::copy(&shared.api, &shared.settings, &shared.keys).await {
            Ok(world) => return world,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "there is no copy of the gate");
            }
        }
    }
}

/// Why no events came.
#[derive(Debug, thiserror::Error)]
enum SourceError {
    #[error(transparent)]
    Feed(#[from] FeedError),
    #[error(transparent)]
    Http(#[from] RepairError),
}

impl Source {
    async fn next(&mut self) -> Result<Vec<Recorded>, SourceError> {
        match self {
            Self::Stream(feed) => Ok(feed.next().await?.into_events()),
            Self::Http { log, position } => {
                log.after(*position).await;
                let events = log.read(*position, PAGE).await?;
                *position = events.last().map_or(*position, |event| event.position);
                if events.is_empty() {
                    // It is said to have more, and gives none: not again at once.
                    sleep(PAUSE).await;
                }
                Ok(events)
            }
        }
    }
}
