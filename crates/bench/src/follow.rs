//! For the outside harness: the stream, filled from a log that stands.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chancery_journal::Journal;
use chancery_relay::{Relay, Settings, Status};
use chancery_wire::{Position, Topology};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{measure::Run, nats, seed};

/// How long it may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// One event of the log acknowledged by JetStream, at the sequence that is its position.
pub async fn relay(url: &str, nats_url: &str, events: u64) -> anyhow::Result<Run> {
    seed::fill(url, events).await?;
    let journal = Journal::open(url, 2)?;
    let topology = Topology::named(&format!("bench{}", Uuid::now_v7().simple()));
    let client = nats::connect(nats_url).await?;
    let relay = Relay::new(journal, client.clone(), topology.clone(), Settings::default());
    let mut status = relay.status();
    let stop = CancellationToken::new();
    let start = Instant::now();
    let running = tokio::spawn(relay.run(stop.clone()));
    let last = Position::new(events);
    let published =
        |status: &Status| matches!(status, Status::Publishing { position, .. } if *position >= last);
    tokio::time::timeout(PATIENCE, status.wait_for(published))
        .await
        .context("the relay did not get there")??;
    let run = done(start, events);
    stop.cancel();
    running.await?;
    let jetstream = async_nats::jetstream::new(client);
    let info = jetstream.get_stream(&topology.stream).await?.get_info().await?;
    ensure!(info.state.last_sequence == events && info.state.messages == events, "the stream is not the log");
    jetstream.delete_stream(&topology.stream).await?;
    Ok(run)
}

fn done(start: Instant, events: u64) -> Run {
    let mut run = Run::new(start.elapsed().as_secs_f64());
    run.operations = events;
    run
}
