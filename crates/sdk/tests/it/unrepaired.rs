//! Streams with something wrong in them, and nothing else to read.

use anyhow::{Context, Result};
use chancery_sdk::{Feed, FeedError, NoRepair, Position};
use tokio::time::timeout;

use crate::{
    repaired::publish_by_hand,
    takes_the_log,
    world::{DEADLINE, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_nothing_fills_is_an_error_that_names_it() -> Result<()> {
    let world = World::new()?;
    let head = world.append(60).await?;
    publish_by_hand(&world, 41, |_, _| {}).await?;
    let client = world.reader_client().await?;
    let mut feed = Feed::open(client.clone(), world.topology.clone(), Position::START, NoRepair);
    for _ in 0..2 {
        let error = timeout(DEADLINE, feed.next()).await?.err().context("an error")?;
        let (position, next) = (Position::START, Position::new(41));
        assert!(
            matches!(error, FeedError::Gap { position: p, next: n } if (p, n) == (position, next)),
            "{error}"
        );
    }
    let mut feed = Feed::open(client, world.topology.clone(), Position::new(40), NoRepair);
    takes_the_log(&world, &mut feed, head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_no_event_is_an_error_that_names_it() -> Result<()> {
    let world = World::new()?;
    world.append(5).await?;
    publish_by_hand(&world, 1, |position, headers| {
        if position.get() == 3 {
            headers.insert("ce-time", "yesterday");
        }
    })
    .await?;
    let client = world.reader_client().await?;
    let mut feed = Feed::open(client, world.topology.clone(), Position::new(2), NoRepair);
    let error = timeout(DEADLINE, feed.next()).await?.err().context("an error")?;
    assert!(
        matches!(error, FeedError::Malformed { position, .. } if position == Position::new(3)),
        "{error}"
    );
    Ok(())
}
