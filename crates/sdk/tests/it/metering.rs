//! The meter's batches on a real server that comes and goes.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context, Result, ensure};
use async_nats::jetstream::{
    self,
    consumer::{AckPolicy, pull},
    stream,
};
use bytes::Bytes;
use chancery_devkit::Nats;
use chancery_sdk::{
    Topology,
    meter::{JetStream, Key, Meter, Outcome, Publisher, PublisherSettings},
};
use chancery_wire::usage::UsageBatch;
use futures_util::StreamExt;
use tokio::{
    task::{JoinHandle, spawn_blocking},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::world::{DEADLINE, connect};

/// A server with the stream, and a meter that publishes to it as its own user.
struct Metered {
    nats: Arc<Nats>,
    meter: Arc<Meter>,
    stop: CancellationToken,
    publishing: JoinHandle<()>,
}

impl Metered {
    async fn start(nats: Arc<Nats>, settings: PublisherSettings) -> Result<Self> {
        let (meter, stop) = (Arc::new(Meter::default()), CancellationToken::new());
        let sink = JetStream::new(connect(&nats.meter_url()).await?, Topology::default());
        let publisher = Publisher::new(meter.clone(), sink, settings);
        let stopped = stop.clone();
        let publishing = tokio::spawn(publisher.run(async move { stopped.cancelled().await }));
        Ok(Self { nats, meter, stop, publishing })
    }

    /// Records for so long, and returns how many calls.
    fn record_for(&self, length: Duration) -> JoinHandle<u64> {
        let meter = self.meter.clone();
        spawn_blocking(move || {
            let (start, mut calls) = (Instant::now(), 0);
            while start.elapsed() < length {
                for _ in 0..100 {
                    meter.record_decision(&Key::only(Outcome::ALLOWED), now());
                    calls += 1;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            calls
        })
    }

    /// Ends the source, and returns what is in the stream.
    async fn ended(self) -> Result<Vec<Bytes>> {
        self.stop.cancel();
        timeout(DEADLINE, self.publishing).await.context("the publisher ends")??;
        messages(&self.nats).await
    }
}

async fn with_stream() -> Result<Arc<Nats>> {
    let nats = Arc::new(Nats::start()?);
    make_stream(&nats).await?;
    Ok(nats)
}

async fn make_stream(nats: &Nats) -> Result<()> {
    let topology = Topology::default();
    let config = stream::Config {
        name: topology.usage_stream(),
        subjects: vec![topology.all_usage()],
        ..stream::Config::default()
    };
    jetstream::new(connect(&nats.relay_url()).await?).create_stream(config).await?;
    Ok(())
}

async fn messages(nats: &Nats) -> Result<Vec<Bytes>> {
    let context = jetstream::new(connect(&nats.relay_url()).await?);
    let stream = context.get_stream(Topology::default().usage_stream()).await?;
    let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
    let consumer = stream.create_consumer(config).await?;
    let mut batch = consumer.fetch().max_messages(100_000).messages().await?;
    let mut messages = Vec::new();
    while let Some(message) = batch.next().await {
        messages.push(message.map_err(anyhow::Error::from_boxed)?.payload.clone());
    }
    Ok(messages)
}

/// What whoever adds up makes of them: each number once, from 1 without a gap, the last one the last.
fn batches(messages: &[Bytes]) -> Result<Vec<UsageBatch>> {
    let mut batches: BTreeMap<u64, UsageBatch> = BTreeMap::new();
    for message in messages {
        let batch = UsageBatch::from_json(message)?;
        if let Some(same) = batches.get(&batch.sequence) {
            ensure!(*same == batch, "a number says two things: {same:?} and {batch:?}");
        }
        batches.insert(batch.sequence, batch);
    }
    let batches: Vec<_> = batches.into_values().collect();
    ensure!((1..).zip(&batches).all(|(number, batch)| number == batch.sequence), "a gap");
    ensure!(batches.iter().all(|batch| batch.source == batches[0].source), "two sources");
    let lasts: Vec<_> = batches.iter().filter(|batch| batch.last).map(|batch| batch.sequence).collect();
    ensure!(lasts == [batches.len() as u64], "last are {lasts:?} of {}", batches.len());
    Ok(batches)
}

fn calls(batches: &[UsageBatch]) -> u64 {
    batches.iter().flat_map(|batch| &batch.items).map(|item| item.calls).sum()
}

fn now() -> i64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs().cast_signed()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_arrives_though_the_server_is_killed_in_the_middle() -> Result<()> {
    let metered = Metered::start(with_stream().await?, PublisherSettings::default()).await?;
    let recording = metered.record_for(Duration::from_secs(5));
    for _ in 0..2 {
        sleep(Duration::from_millis(1_200)).await;
        metered.nats.kill9();
        sleep(Duration::from_millis(600)).await;
        metered.nats.start_again()?;
    }
    let recorded = recording.await?;
    let stats = metered.meter.stats();
    let batches = batches(&metered.ended().await?)?;
    assert_eq!(calls(&batches), recorded);
    assert_eq!((stats.calls(), stats.waiting(), stats.lost()), (recorded, 0, 0));
    assert_eq!(stats.batches(), batches.len() as u64);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_before_there_is_a_server_or_a_stream_waits() -> Result<()> {
    let nats = Arc::new(Nats::start()?);
    nats.stop();
    let metered = Metered::start(nats.clone(), PublisherSettings::default()).await?;
    let recorded = metered.record_for(Duration::from_secs(2)).await?;
    nats.start_again()?;
    sleep(Duration::from_millis(500)).await;
    assert_eq!(metered.meter.stats().batches(), 0, "nobody stores them yet");
    make_stream(&nats).await?;
    assert_eq!(calls(&batches(&metered.ended().await?)?), recorded);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_without_calls_says_that_it_lives_and_that_it_ends() -> Result<()> {
    let settings = PublisherSettings { heartbeat: Duration::from_secs(1), ..PublisherSettings::default() };
    let metered = Metered::start(with_stream().await?, settings).await?;
    let stats = metered.meter.stats();
    timeout(DEADLINE, async {
        while stats.batches() < 4 {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await?;
    let batches = batches(&metered.ended().await?)?;
    assert!(batches.len() >= 5 && calls(&batches) == 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_nobody_takes_in_time_are_told_as_lost() -> Result<()> {
    let nats = Arc::new(Nats::start()?);
    let settings = PublisherSettings { farewell: Duration::from_millis(300), ..PublisherSettings::default() };
    let metered = Metered::start(nats, settings).await?;
    let recorded = metered.record_for(Duration::from_millis(100)).await?;
    metered.stop.cancel();
    timeout(DEADLINE, metered.publishing).await??;
    assert_eq!(metered.meter.stats().lost(), recorded);
    Ok(())
}
