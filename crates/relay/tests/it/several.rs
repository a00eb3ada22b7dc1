//! More relays than one, and relays that are stopped wherever they are.

use std::time::Duration;

use anyhow::Result;
use chancery_relay::Status;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn three_relays_at_once_publish_each_event_once() -> Result<()> {
    let world = World::new()?;
    world.append(2_000).await?;
    let relays = [world.relay().await?, world.relay().await?, world.relay().await?];
    for _ in 0..20 {
        world.append(100).await?;
    }
    let head = world.head().await?;
    world.published(head).await?;
    // An acknowledgement may still be on its way, but none comes twice.
    let published = relays.iter().map(|relay| relay.stats.published()).sum::<u64>();
    assert!(published <= head.get(), "{published} acknowledged of {head}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_lost_stands_by_and_takes_over_when_the_other_stops() -> Result<()> {
    let world = World::new()?;
    let (mut one, mut other) = (world.relay().await?, world.relay().await?);
    let publishes = |status: &Status| matches!(status, Status::Publishing { .. });
    one.becomes(publishes).await?;
    other.becomes(publishes).await?;
    // Both try; one loses.
    world.append(500).await?;
    let stands_by = |status: &Status| *status == Status::Standby;
    let standby = tokio::select! {
        found = one.becomes(stands_by) => { found?; true }
        found = other.becomes(stands_by) => { found?; false }
    };
    let (winner, mut loser) = if standby { (other, one) } else { (one, other) };
    winner.cancel().await;
    let head = world.append(500).await?;
    world.published(head).await?;
    loser.becomes(|status| *status == Status::Publishing { position: head, lag: 0 }).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_stopped_at_any_moment_leaves_nothing_doubled_and_nothing_out() -> Result<()> {
    let world = World::new()?;
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    println!("seed {seed}");
    for _ in 0..25 {
        let relay = world.relay().await?;
        world.append(random.usize(1..400)).await?;
        tokio::time::sleep(Duration::from_micros(random.u64(..60_000))).await;
        relay.cancel().await;
    }
    let head = world.append(1).await?;
    let _relay = world.relay().await?;
    world.published(head).await
}
