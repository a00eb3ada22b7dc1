//! Streams with something wrong in them, and a log to read it from instead.

use anyhow::{Context, Result};
use async_nats::{
    HeaderMap,
    jetstream::{self, stream::Config},
};
use chancery_sdk::{Feed, FeedError, Position};
use chancery_wire::headers;
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    FromLog, takes_the_log,
    world::{DEADLINE, World},
};

/// Publishes the log's events by hand, as `change` makes them.
pub(crate) async fn publish_by_hand(
    world: &World,
    first_sequence: u64,
    mut change: impl FnMut(Position, &mut HeaderMap),
) -> Result<()> {
    let jetstream = jetstream::new(world.relay_client().await?);
    let config = Config {
        name: world.topology.stream.clone(),
        subjects: vec![world.topology.all_events()],
        first_sequence: Some(first_sequence),
        ..Config::default()
    };
    jetstream.create_stream(config).await?;
    let log_id = world.journal.head().await?.log_id;
    for event in world.journal.read(Position::new(first_sequence - 1), 1_000).await? {
        let mut map = HeaderMap::new();
        for (name, value) in headers::encode(&event, log_id) {
            map.insert(name, value);
        }
        change(event.position, &mut map);
        jetstream.publish_with_headers(world.topology.event_subject(&event), map, event.data).await?.await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_filled_from_the_log() -> Result<()> {
    let world = World::new()?;
    let head = world.append(60).await?;
    publish_by_hand(&world, 41, |_, _| {}).await?;
    let repair = FromLog::of(&world);
    let mut feed = Feed::open(world.reader_client().await?, world.topology.clone(), Position::START, repair);
    takes_the_log(&world, &mut feed, head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_no_event_is_read_from_the_log() -> Result<()> {
    let world = World::new()?;
    let head = world.append(60).await?;
    publish_by_hand(&world, 1, |position, headers| match position.get() {
        20 => headers.insert("ce-sequence", "21"),
        30 => *headers = HeaderMap::new(),
        _ => {}
    })
    .await?;
    let repair = FromLog::of(&world);
    let mut feed = Feed::open(world.reader_client().await?, world.topology.clone(), Position::START, repair);
    takes_the_log(&world, &mut feed, head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_another_log_is_an_error_that_says_so_and_the_feed_stands() -> Result<()> {
    let world = World::new()?;
    world.append(10).await?;
    let other = Uuid::now_v7();
    publish_by_hand(&world, 1, |position, map| {
        if position.get() > 4 {
            map.insert(headers::LOG, other.to_string());
        }
    })
    .await?;
    let log_id = world.journal.head().await?.log_id;
    let client = world.reader_client().await?;
    let mut feed =
        Feed::open(client, world.topology.clone(), Position::START, chancery_sdk::NoRepair).of_log(log_id);
    let error = loop {
        match timeout(DEADLINE, feed.next()).await.context("waiting for the error")? {
            Ok(batch) => assert!(batch.last() <= Position::new(4)),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, FeedError::OtherLog { expected, found } if (expected, found) == (log_id, other)));
    assert!(error.to_string().contains("chancery relay status"));
    assert!(feed.position() <= Position::new(4));
    Ok(())
}
