//! From commit to JetStream's acknowledgement, and from commit to visible in the view, at a steady 1,000 commands a
//! second. Beside them the least that the same servers can do: one publish and its acknowledgement, one commit.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use chancery_journal::{Append, Appender, BatcherSettings, Journal, NewEvent, Touch, migrate};
use chancery_relay::{Relay, Settings, Status};
use chancery_views::{JournalFeeds, Runner, connections::Connections};
use chancery_wire::{Actor, Event, Position, Topology, v1};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    Arguments, load,
    measure::{Run, Window},
    nats,
    report::{Case, Report},
};

/// Commands a second.
const RATE: u64 = 1_000;

pub async fn bench(arguments: &Arguments, window: Window) -> anyhow::Result<Report> {
    let mut report = Report::new("latency", arguments.runs * 2);
    let mut relayed = Case::new("commit to JetStream's ack".into(), "one publish at a time");
    let mut visible = Case::new("commit to visible in the view".into(), "one bare commit at a time");
    for _ in 0..arguments.runs {
        relayed.limits.push(publish(arguments, window).await?);
        let database = load::database(&arguments.database_url, "bench_latency_limit").await?;
        visible.limits.push(load::coalesced_insert(&database, 1, window).await?);
        report.step();
        let [to_stream, to_view] = chain(arguments, window).await?;
        relayed.runs.push(to_stream);
        visible.runs.push(to_view);
        report.step();
    }
    report.cases = vec![relayed, visible];
    Ok(report)
}

/// When each position was committed; taken out when it is seen on the other side.
#[derive(Debug, Clone, Default)]
struct Commits(Arc<Mutex<Vec<(Position, Instant)>>>);

impl Commits {
    fn add(&self, position: Position) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((position, Instant::now()));
    }

    /// Records everything up to `position`, which is seen now.
    fn seen(&self, position: Position, run: &mut Run) {
        let now = Instant::now();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(at, committed)| {
            if *at <= position {
                run.record(now - *committed, 1);
            }
            *at > position
        });
    }
}

async fn chain(arguments: &Arguments, window: Window) -> anyhow::Result<[Run; 2]> {
    let database = load::database(&arguments.database_url, "bench_latency").await?;
    migrate(&database).await?;
    let journal = Journal::open(&database, 4)?;
    let appender = Appender::start(&database, &journal, BatcherSettings::default())?;
    let stop = CancellationToken::new();

    let topology = Topology::named(&format!("bench{}", Uuid::now_v7().simple()));
    let relay = Relay::new(
        journal.clone(),
        nats::connect(&arguments.nats_url).await?,
        topology.clone(),
        Settings::default(),
    );
    let mut status = relay.status();
    tokio::spawn(relay.run(stop.clone()));
    let feeds = Arc::new(JournalFeeds { journal: journal.clone(), batch: 1_000 });
    let runner = Runner::new(&database, journal.clone(), feeds, vec![&Connections])?;
    let mut view = runner.statuses().watch(&Connections).context("the view runs here")?;
    tokio::spawn(runner.run(stop.clone()));
    status.wait_for(Status::is_ready).await?;

    let (to_stream, to_view) = (Commits::default(), Commits::default());
    let seconds = window.seconds;
    let streamed = tokio::spawn({
        let (commits, stop) = (to_stream.clone(), stop.clone());
        async move {
            let mut run = Run::new(seconds);
            while !stop.is_cancelled() && status.changed().await.is_ok() {
                if let Status::Publishing { position, .. } = *status.borrow_and_update() {
                    commits.seen(position, &mut run);
                }
            }
            run
        }
    });
    let viewed = tokio::spawn({
        let (commits, stop) = (to_view.clone(), stop.clone());
        async move {
            let mut run = Run::new(seconds);
            while !stop.is_cancelled() && view.changed().await.is_ok() {
                let position = view.borrow_and_update().position;
                commits.seen(position, &mut run);
            }
            run
        }
    });
    drive(&appender, window, [&to_stream, &to_view]).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.cancel();
    let runs = [streamed.await?, viewed.await?];
    ensure!(runs.iter().all(|run| run.operations > 0), "nothing arrived");
    Ok(runs)
}

/// Sends commands at the steady rate, whatever the answers take; counts those after the warm-up.
async fn drive(appender: &Appender, window: Window, commits: [&Commits; 2]) -> anyhow::Result<()> {
    let warm = Instant::now() + Duration::from_secs_f64(window.warmup);
    let end = warm + Duration::from_secs_f64(window.seconds);
    let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / RATE));
    let mut waiting = tokio::task::JoinSet::new();
    while Instant::now() < end {
        tick.tick().await;
        let (appender, commits) = (appender.clone(), commits.map(Commits::clone));
        waiting.spawn(async move {
            let start = Instant::now();
            let recorded = appender.append(Arc::new(command())).await?;
            if start >= warm {
                for side in &commits {
                    side.add(recorded.position);
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = waiting.join_next().await {
        done??;
    }
    Ok(())
}

/// A tenant connects: one event that the view writes a row for.
fn command() -> Append {
    let (app, tenant) = (Uuid::now_v7(), 1042);
    let stream = format!("connection-{app}-{tenant}-production");
    let event = Event::TenantConnected(v1::TenantConnected {
        app_id: app.to_string(),
        tenant_id: tenant,
        environment: "production".into(),
        connection_id: Uuid::now_v7().to_string(),
        version: 1,
        client_id: format!("cid.{}", app.simple()),
        group_id: String::new(),
    });
    Append {
        command_id: Uuid::now_v7(),
        request_hash: [7; 32],
        status: 201,
        answer: "{}".into(),
        actor: Actor { kind: "person".into(), id: "1042".into() },
        correlation_id: app,
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
            key_app: Some(app),
            key_tenant: Some(tenant.cast_unsigned()),
            data: event.encode(),
        }],
    }
}

/// The limit: one message after the other, each acknowledged.
async fn publish(arguments: &Arguments, window: Window) -> anyhow::Result<Run> {
    let jetstream = async_nats::jetstream::new(nats::connect(&arguments.nats_url).await?);
    let topology = Topology::named(&format!("limit{}", Uuid::now_v7().simple()));
    let config = async_nats::jetstream::stream::Config {
        name: topology.stream.clone(),
        subjects: vec![topology.all_events()],
        ..Default::default()
    };
    jetstream.create_stream(config).await?;
    let subject = topology.all_events().replace('>', "limit");
    let mut run = Run::new(window.seconds);
    let warm = Instant::now() + Duration::from_secs_f64(window.warmup);
    let end = warm + Duration::from_secs_f64(window.seconds);
    while Instant::now() < end {
        let start = Instant::now();
        jetstream.publish(subject.clone(), vec![b'x'; 332].into()).await?.await?;
        if start >= warm {
            run.record(start.elapsed(), 1);
        }
    }
    jetstream.delete_stream(&topology.stream).await?;
    Ok(run)
}
