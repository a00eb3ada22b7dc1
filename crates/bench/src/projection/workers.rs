//! One run of the engine: so many workers, each with connections of its own, in this process.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use chancery_journal::{Append, Appender, BatcherSettings, Journal, NewEvent, Touch};
use chancery_views::{JournalFeeds, Runner, connections::Connections};
use chancery_wire::{Actor, Event, v1};
use tokio::task::JoinSet;
use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{BATCH, log::Log};
use crate::measure::Run;

/// How long a run may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// How often the checkpoints are looked at.
const LOOK: Duration = Duration::from_millis(2);

/// The live build's least position.
const REACHED: &str = "SELECT coalesce(min(position), -1) FROM projection_pointers JOIN projection_shards USING (schema_name) \
                       WHERE projection = 'connections'";
/// How many workers hold all of the live build's shards.
const HELD: &str = "SELECT count(DISTINCT worker) * (count(*) = count(worker))::integer \
                    FROM projection_pointers JOIN projection_shards USING (schema_name) WHERE projection = 'connections'";
const REBUILD: &str = "SELECT state, error FROM projection_rebuilds WHERE rebuild_id = $1";

struct Workers {
    running: JoinSet<()>,
    stop: CancellationToken,
}

impl Workers {
    /// Starts them, and waits until each holds its share of the live build's shards.
    async fn start(log: &Log, workers: usize, client: &Client) -> anyhow::Result<Self> {
        let (mut running, stop) = (JoinSet::new(), CancellationToken::new());
        for _ in 0..workers {
            let journal = Journal::open(&log.url, 2)?;
            let feeds = JournalFeeds { journal: journal.clone(), batch: usize::try_from(BATCH)? };
            let runner = Runner::new(&log.url, journal, Arc::new(feeds), vec![&Connections])?;
            running.spawn(runner.run(stop.clone()));
        }
        let wanted = i64::try_from(workers)?;
        until(async || Ok((client.query_one(HELD, &[]).await?.get::<_, i64>(0) == wanted).then_some(())))
            .await?;
        Ok(Self { running, stop })
    }

    async fn stop(self) {
        self.stop.cancel();
        self.running.join_all().await;
    }
}

/// A live build from nothing to the log's end, while at most `at_once` events are to be applied. A latency is what a
/// step of the build took.
pub async fn live(log: &Log, workers: usize, at_once: u64) -> anyhow::Result<Run> {
    let client = log.reset(0).await?;
    let running = Workers::start(log, workers, &client).await?;
    let mut run = Run::new(0.0);
    let (start, mut reached, mut head, mut since) = (Instant::now(), 0, 0, Instant::now());
    while reached < log.events {
        // The next ones are there before the last ones are applied, but no backlog.
        let next = log.events.min(reached + 2 * at_once) / at_once * at_once;
        let next = if log.events - next < at_once { log.events } else { next };
        if next > head {
            head = next;
            log.reach(&client, head).await?;
        }
        let now: i64 = client.query_one(REACHED, &[]).await?.get(0);
        if now.cast_unsigned() > reached {
            run.record(since.elapsed(), now.cast_unsigned() - reached);
            (reached, since) = (now.cast_unsigned(), Instant::now());
        } else if start.elapsed() > PATIENCE {
            bail!("the live build stands at {reached}");
        } else {
            tokio::time::sleep(LOOK).await;
        }
    }
    run.seconds = start.elapsed().as_secs_f64();
    log.check(&client).await?;
    running.stop().await;
    Ok(run)
}

/// Another build beside the live one, from the request to the switch.
pub async fn rebuild(log: &Log, workers: usize) -> anyhow::Result<Run> {
    let client = log.reset(log.events).await?;
    let running = Workers::start(log, workers, &client).await?;
    let end = i64::try_from(log.events)?;
    until(async || Ok((client.query_one(REACHED, &[]).await?.get::<_, i64>(0) >= end).then_some(()))).await?;
    client.batch_execute("CHECKPOINT").await?;

    let rebuild_id = Uuid::now_v7();
    let start = Instant::now();
    request(log, rebuild_id).await?;
    until(async || {
        let Some(row) = client.query_opt(REBUILD, &[&rebuild_id]).await? else { return Ok(None) };
        match row.get(0) {
            "promoted" => Ok(Some(())),
            "requested" | "filling" => Ok(None),
            state => bail!("the rebuild is {state}: {:?}", row.get::<_, Option<&str>>(1)),
        }
    })
    .await?;
    let mut run = Run::new(start.elapsed().as_secs_f64());
    run.record(start.elapsed(), log.events);
    log.check(&client).await?;
    running.stop().await;
    forget(log, &client).await?;
    Ok(run)
}

/// What an operator's command appends.
async fn request(log: &Log, rebuild_id: Uuid) -> anyhow::Result<()> {
    let event = Event::from(v1::ProjectionOperated {
        projection: "connections".into(),
        operation: v1::ProjectionOperation::Rebuild.into(),
        operation_id: rebuild_id.to_string(),
        promote: v1::Promotion::IfEqual.into(),
        ..v1::ProjectionOperated::default()
    });
    let stream = "projection-connections".to_owned();
    let append = Append {
        command_id: Uuid::now_v7(),
        request_hash: [0; 32],
        status: 202,
        answer: String::new(),
        actor: Actor { kind: "system".into(), id: "bench".into() },
        correlation_id: Uuid::now_v7(),
        causation_id: None,
        traceparent: None,
        touches: vec![Touch { stream: stream.clone(), version: 0 }],
        unless: Vec::new(),
        events: vec![NewEvent {
            event_id: Uuid::now_v7(),
            category: event.category(),
            stream,
            event_type: event.event_type(),
            schema_version: event.schema_version(),
            key_app: None,
            key_tenant: None,
            data: event.encode(),
        }],
    };
    let journal = Journal::open(&log.url, 2)?;
    let appender = Appender::start(&log.url, &journal, BatcherSettings::default())?;
    appender.append(Arc::new(append)).await.context("asking for a rebuild")?;
    Ok(())
}

/// Takes the request out of the log again: the next run begins with the same one.
async fn forget(log: &Log, client: &Client) -> anyhow::Result<()> {
    let events = i64::try_from(log.events)?;
    client.batch_execute("SET session_replication_role = replica").await?;
    client.execute("DELETE FROM events WHERE position > $1", &[&events]).await?;
    client.execute("DELETE FROM commands WHERE last_position > $1", &[&events]).await?;
    client.batch_execute("RESET session_replication_role").await?;
    Ok(())
}

/// Looks again and again, for as long as patience lasts.
async fn until(mut look: impl AsyncFnMut() -> anyhow::Result<Option<()>>) -> anyhow::Result<()> {
    let looking = async {
        loop {
            if look().await?.is_some() {
                return anyhow::Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.context("the engine did not get there")?
}
