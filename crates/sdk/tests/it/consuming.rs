//! Consumers whose handlers fail, lose answers, are started twice, and are stopped.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use chancery_devkit::Nats;
use chancery_sdk::{
    Consumer, Filter, Position,
    consumer::{
        Checkpoint, Checkpoints, ConsumerError, Delivery, Each, Failure, FileCheckpoints, Handler, Retry,
        Unknown,
    },
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::world::{DEADLINE, World, eventually};

/// A table with its checkpoint, as one transaction changes both.
#[derive(Debug, Default)]
struct Table {
    positions: Vec<u64>,
    checkpoint: Option<Checkpoint>,
}

/// Keeps the positions of what it was given; and fails as often as it was told to, before the commit or after.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keeper {
    table: Arc<Mutex<Table>>,
    fails: bool,
}

impl Keeper {
    fn table<T>(&self, look: impl FnOnce(&mut Table) -> T) -> T {
        look(&mut self.table.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn position(&self) -> Position {
        self.table(|table| table.checkpoint.map_or(Position::START, |checkpoint| checkpoint.position))
    }

    pub(crate) fn positions(&self) -> Vec<u64> {
        self.table(|table| table.positions.clone())
    }

    fn fails_now(&self) -> bool {
        self.fails && fastrand::u8(..3) == 0
    }
}

impl Handler for Keeper {
    async fn checkpoint(&mut self) -> Result<Option<Checkpoint>, Failure> {
        if self.fails_now() {
            return Err("the database is away".into());
        }
        Ok(self.table(|table| table.checkpoint))
    }

    async fn handle(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        if self.fails_now() {
            return Err("the transaction was rolled back".into());
        }
        self.table(|table| {
            let stands = table.checkpoint.map_or(Position::START, |checkpoint| checkpoint.position);
            if stands != delivery.after() {
                return Err(format!("the table is at {stands}, not at {}", delivery.after()));
            }
            table.positions.extend(delivery.events().iter().map(|event| event.recorded.position.get()));
            table.checkpoint = Some(delivery.checkpoint());
            Ok(())
        })?;
        if self.fails_now() {
            return Err("the commit's answer was lost".into());
        }
        Ok(())
    }
}

async fn consumer(world: &World) -> Result<Consumer> {
    let retry = Retry { first: Duration::from_millis(1), most: Duration::from_millis(20) };
    Ok(Consumer::new(world.reader_client().await?, world.topology.clone()).retrying(retry))
}

/// Runs until `keeper` is at `head`.
async fn runs_to(consumer: &Consumer, keeper: &Keeper, head: Position) -> Result<Option<Checkpoint>> {
    let reached = async {
        while keeper.position() < head {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let kept = timeout(DEADLINE, consumer.run(keeper.clone(), reached)).await;
    Ok(kept.with_context(|| format!("the keeper is at {}", keeper.position()))??)
}

fn all(head: Position) -> Vec<u64> {
    (1..=head.get()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_keeps_its_place_with_its_data_has_each_event_once_however_it_fails() -> Result<()> {
    let nats = Nats::start()?;
    let world = World::on(&nats)?;
    let _relay = world.relay().await?;
    let keeper = Keeper { fails: true, ..Keeper::default() };
    let mut head = Position::START;
    for round in 0..4 {
        // Started anew each time, as after a deploy.
        let consumer = consumer(&world).await?;
        head = world.append(200).await?;
        let kept = runs_to(&consumer, &keeper, head).await?;
        // What was kept last may not be known when it is stopped: the answer was lost.
        ensure!(kept.is_none_or(|kept| kept.position <= head), "round {round}: {kept:?}");
        assert_eq!(keeper.position(), head);
        nats.kill9();
        nats.start_again()?;
    }
    assert_eq!(keeper.positions(), all(head));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_keep_one_place_apply_each_event_once() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let keeper = Keeper::default();
    let (one, other) = (consumer(&world).await?, consumer(&world).await?);
    let stop = CancellationToken::new();
    let runs = [one, other].map(|consumer| {
        let (keeper, stop) = (keeper.clone(), stop.clone());
        tokio::spawn(async move { consumer.run(keeper, stop.cancelled()).await })
    });
    let mut head = Position::START;
    for _ in 0..30 {
        head = world.append(30).await?;
        sleep(Duration::from_millis(10)).await;
    }
    eventually("both are at the head", async || keeper.position() == head).await?;
    stop.cancel();
    for run in runs {
        timeout(DEADLINE, run).await???;
    }
    assert_eq!(keeper.positions(), all(head));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn single_events_are_not_repeated_but_for_the_one_that_failed() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let head = world.append(100).await?;
    let folder = tempfile::tempdir()?;
    let mut checkpoints = FileCheckpoints::at(folder.path().join("checkpoint"));
    let called = Arc::new(Mutex::new(Vec::new()));
    let (stop, calls) = (CancellationToken::new(), called.clone());
    let each = Each::new(checkpoints.clone(), |delivered: chancery_sdk::consumer::Delivered| {
        let position = delivered.recorded.position.get();
        let attempts = {
            let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push(position);
            calls.iter().filter(|called| **called == position).count()
        };
        async move { if position.is_multiple_of(40) && attempts == 1 { Err("not now".into()) } else { Ok(()) } }
    });
    let consumer = consumer(&world).await?;
    let mut seen = checkpoints.clone();
    let until = async {
        while seen.load().await.ok().flatten().is_none_or(|kept| kept.position < head) {
            sleep(Duration::from_millis(5)).await;
        }
        stop.cancel();
    };
    timeout(DEADLINE, consumer.run(each, until)).await??;
    let expected: Vec<u64> =
        (1..=head.get()).flat_map(|at| if at.is_multiple_of(40) { vec![at, at] } else { vec![at] }).collect();
    assert_eq!(*called.lock().unwrap_or_else(PoisonError::into_inner), expected);
    assert_eq!(checkpoints.load().await.ok().flatten().map(|kept| kept.position), Some(head));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_log_ends_a_consumer_with_an_error_that_says_what_to_do() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let head = world.append(10).await?;
    let other = Checkpoint { log_id: Uuid::now_v7(), position: Position::new(5) };
    let keeper = Keeper::default();
    keeper.table(|table| table.checkpoint = Some(other));
    for filter in [Filter::all(), Filter::all().tenant(7)] {
        let consumer = consumer(&world).await?.wanting(filter);
        let error = runs_to(&consumer, &keeper, head).await.err().context("an error")?;
        let error = format!("{error:#}");
        assert!(
            error.contains(&other.log_id.to_string()) && error.contains("drop what was derived"),
            "{error}"
        );
    }
    assert!(keeper.table(|table| table.positions.is_empty()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_tomorrow_ends_a_consumer_behind_the_one_before_it_unless_it_may_be_passed_over()
-> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    world.append(5).await?;
    world.append_of("MoonLanded", None, None, std::iter::once("{}".to_owned())).await?;
    let head = world.append(5).await?;
    let keeper = Keeper::default();
    let strict = consumer(&world).await?;
    let ended = timeout(DEADLINE, strict.run(keeper.clone(), std::future::pending())).await?;
    assert!(
        matches!(ended, Err(ConsumerError::Unreadable { position, .. }) if position == Position::new(6)),
        "{ended:?}"
    );
    assert_eq!(keeper.position(), Position::new(5));
    runs_to(&strict.on_unknown(Unknown::PassOver), &keeper, head).await?;
    assert_eq!(keeper.positions(), [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_passed_over_is_kept_when_the_consumer_is_stopped() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let head = world.append(300).await?;
    let (keeper, consumer) = (Keeper::default(), consumer(&world).await?.wanting(Filter::all().tenant(7)));
    let mut deliveries = consumer.deliveries(None);
    while timeout(DEADLINE, deliveries.next()).await??.checkpoint().position < head {}
    let kept = timeout(DEADLINE, consumer.run(keeper.clone(), sleep(Duration::from_secs(3)))).await??;
    assert_eq!(kept.map(|kept| kept.position), Some(head));
    assert_eq!((keeper.position(), keeper.table(|table| table.positions.len())), (head, 0));
    Ok(())
}
