//! The feed while everything works.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chancery_sdk::{Event, Feed, NoRepair, Position};
use tokio::time::{Instant, timeout};

use crate::{FromLog, takes_the_log, world::DEADLINE, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_events_come_in_order_from_the_start_and_from_the_middle() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let head = world.append(10_000).await?;
    world.published(head).await?;
    for start in [Position::START, Position::new(4_321), Position::new(9_999)] {
        let mut feed = Feed::open(world.reader_client().await?, world.topology.clone(), start, NoRepair);
        takes_the_log(&world, &mut feed, head).await?;
        assert_eq!(feed.log_id(), Some(world.journal.head().await?.log_id));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_log_gains_arrives_without_a_repair() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let head = world.append(1).await?;
    world.published(head).await?;
    let repair = FromLog::of(&world);
    let mut feed =
        Feed::open(world.reader_client().await?, world.topology.clone(), Position::START, repair.clone());
    takes_the_log(&world, &mut feed, head).await?;
    // A busy machine may hold the stream back, and its consumer, for longer than the feed waits, but not for ever.
    let deadline = Instant::now() + DEADLINE;
    loop {
        let before = repair.given();
        let head = world.append(10).await?;
        takes_the_log(&world, &mut feed, head).await?;
        if repair.given() == before {
            break;
        }
        ensure!(Instant::now() < deadline, "all events come from the log");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_dropped_loses_nothing() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let mut feed =
        Feed::open(world.reader_client().await?, world.topology.clone(), Position::START, NoRepair);
    let mut expected = Position::START;
    for round in 0..200 {
        if round % 2 == 0 {
            world.append(20).await?;
        }
        let wait = Duration::from_micros(fastrand::u64(..3_000));
        if let Ok(batch) = timeout(wait, feed.next()).await {
            let batch = batch?;
            assert_eq!(batch.after(), expected);
            expected = batch.last();
        }
    }
    let head = world.head().await?;
    takes_the_log(&world, &mut feed, head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_this_build_does_not_know_survives_byte_for_byte_and_hides_nothing() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let data = r#"{"a_field_of_tomorrow":{"deep":[1,"two"]}}"#;
    world.append_data(std::iter::once(data.to_owned())).await?;
    let mut feed =
        Feed::open(world.reader_client().await?, world.topology.clone(), Position::START, NoRepair);
    // On a task of its own, as a service has it.
    let next = tokio::spawn(async move { feed.next().await });
    let batch = timeout(DEADLINE, next).await???;
    let event = batch.events().first().context("an event")?;
    assert_eq!(event.data, data.as_bytes());
    assert!(matches!(event.decode()?, Event::ScopesEdited(_)));
    Ok(())
}
