//! The feed while NATS, or the relay, is away.

use anyhow::Result;
use chancery_devkit::Nats;
use chancery_sdk::{Feed, NoRepair, Position};

use crate::{FromLog, takes_the_log, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn the_log_alone_feeds_while_nats_is_away_and_the_stream_again_when_it_is_back() -> Result<()> {
    let nats = Nats::start()?;
    let world = World::on(&nats)?;
    let _relay = world.relay().await?;
    let repair = FromLog::of(&world);
    let mut feed =
        Feed::open(world.reader_client().await?, world.topology.clone(), Position::START, repair.clone());
    let head = world.append(500).await?;
    takes_the_log(&world, &mut feed, head).await?;
    for _ in 0..2 {
        nats.kill9();
        let before = repair.given();
        for _ in 0..5 {
            let head = world.append(50).await?;
            takes_the_log(&world, &mut feed, head).await?;
        }
        assert!(repair.given() >= before + 200);
        nats.start_again()?;
        for _ in 0..5 {
            let head = world.append(50).await?;
            takes_the_log(&world, &mut feed, head).await?;
        }
        world.published(world.head().await?).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_nobody_publishes_to_is_not_waited_for_twice() -> Result<()> {
    let world = World::new()?;
    let relay = world.relay().await?;
    let head = world.append(10).await?;
    world.published(head).await?;
    let repair = FromLog::of(&world);
    let mut feed = Feed::open(world.reader_client().await?, world.topology.clone(), head, repair.clone());
    relay.cancel().await;
    for _ in 0..100 {
        let head = world.append(1).await?;
        takes_the_log(&world, &mut feed, head).await?;
    }
    assert_eq!(repair.given(), 100);

    // The stream catches up behind the feed, then brings what is new.
    let _relay = world.relay().await?;
    let head = world.head().await?;
    world.published(head).await?;
    let head = world.append(100).await?;
    takes_the_log(&world, &mut feed, head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_may_be_opened_before_there_is_a_stream() -> Result<()> {
    let nats = Nats::start()?;
    nats.kill9();
    let world = World::on(&nats)?;
    let mut feed =
        Feed::open(world.reader_client().await?, world.topology.clone(), Position::START, NoRepair);
    let waits = tokio::time::timeout(std::time::Duration::from_millis(300), feed.next()).await;
    assert!(waits.is_err());
    nats.start_again()?;
    let _relay = world.relay().await?;
    let head = world.append(30).await?;
    takes_the_log(&world, &mut feed, head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_repair_the_feed_waits_for_nats_and_goes_on_where_it_was() -> Result<()> {
    let nats = Nats::start()?;
    let world = World::on(&nats)?;
    let _relay = world.relay().await?;
    let mut feed =
        Feed::open(world.reader_client().await?, world.topology.clone(), Position::START, NoRepair);
    for _ in 0..2 {
        let head = world.append(400).await?;
        takes_the_log(&world, &mut feed, head).await?;
        nats.kill9();
        world.append(100).await?;
        nats.start_again()?;
    }
    let head = world.append(1).await?;
    takes_the_log(&world, &mut feed, head).await
}
