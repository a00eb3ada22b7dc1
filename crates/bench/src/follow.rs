//! For the outside harness: the view and the stream, each filled from a log that stands.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use chancery_journal::Journal;
use chancery_relay::{Relay, Settings, Status};
use chancery_views::{JournalFeeds, Runner, connections::Connections};
use chancery_wire::{Position, Topology};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{load, measure::Run, nats, seed};

/// How long either may take.
const PATIENCE: Duration = Duration::from_mins(10);

/// One event's effect in the read table, with the checkpoint in the same transaction.
pub async fn project(url: &str, events: u64) -> anyhow::Result<Run> {
    seed::fill(url, events).await?;
    let journal = Journal::open(url, 2)?;
    let feeds = Arc::new(JournalFeeds { journal: journal.clone(), batch: 5_000 });
    let runner = Runner::new(url, journal, feeds, vec![&Connections])?;
    let mut status = runner.statuses().watch(&Connections).context("the view runs here")?;
    let stop = CancellationToken::new();
    let start = Instant::now();
    let running = tokio::spawn(runner.run(stop.clone()));
    let reached = status.wait_for(|status| status.position >= Position::new(events));
    tokio::time::timeout(PATIENCE, reached).await.context("the view did not get there")??;
    let run = done(start, events);
    stop.cancel();
    running.await?;
    let sql = "SELECT sum(granted_version)::bigint FROM view_connections_v1_b1.connection";
    let sum: i64 = load::connect(url).await?.query_one(sql, &[]).await?.get(0);
    ensure!(sum.cast_unsigned() == events, "the versions add up to {sum} instead of {events}");
    Ok(run)
}

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
