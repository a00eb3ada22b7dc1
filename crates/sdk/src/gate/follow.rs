//! Keeps the gate at the log's head, and begins anew where the log is another one.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use chancery_gate::ApplyError;
use tokio::time::sleep;

use super::{Shared, start, world::World};
use crate::{Feed, HttpLog, http::Listener};

/// Before a feed that failed is asked again.
const PAUSE: Duration = Duration::from_millis(250);
/// Before another copy is asked for.
const AGAIN: Duration = Duration::from_secs(1);

/// Why a gate begins anew.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the log was replaced, or cut off before what was read of it")]
    Replaced,
    #[error("an event cannot be folded")]
    Apply(#[source] ApplyError),
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
    let feed = match &shared.settings.nats {
        Some(nats) => Feed::open(nats.client.clone(), nats.topology.clone(), position, log),
        None => Feed::without_stream(position, log),
    };
    tokio::select! {
        ended = fold(shared, world, feed.of_log(world.log_id)) => ended,
        ended = listen(shared, world, heads) => ended,
    }
}

async fn fold(shared: &Shared, world: &World, mut feed: Feed<HttpLog>) -> Ended {
    let mut failing = false;
    loop {
        match feed.next().await {
            Ok(batch) => {
                failing = false;
                if let Err(error) = world.apply(batch.events()) {
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
