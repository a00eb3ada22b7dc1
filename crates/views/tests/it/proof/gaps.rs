//! Feeds that are not what a feed should be.

use std::sync::Arc;

use chancery_views::Runner;

use super::{
    hostile::{Hostile, Mischief},
    some_events, stands_at, views,
};
use crate::{
    sum::is_exact,
    world::{Running, World},
};

async fn survives(mischiefs: &[Mischief]) {
    let world = World::new();
    let head = some_events(&world, 0, 60).await;
    let feeds = Hostile::new(world.journal.clone(), 8, mischiefs.repeat(3));
    let runner = Runner::new(world.url(), world.journal.clone(), Arc::new(feeds), views()).unwrap();
    let running = Running::start(runner);
    for view in views() {
        stands_at(&world, view, head).await;
    }
    running.stop().await;
    is_exact(&world).await;
    for view in views() {
        assert_eq!(world.live(view).await, world.rebuilt(view).await, "{}", view.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_with_holes_loses_nothing() {
    survives(&[Mischief::Honest, Mischief::Hole, Mischief::Honest, Mischief::HoleWithin, Mischief::Short])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_twice_or_again_is_applied_once() {
    survives(&[Mischief::Again, Mischief::Honest, Mischief::Twice, Mischief::Again]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_late_or_the_other_way_round_is_applied_in_the_logs_order() {
    survives(&[Mischief::Honest, Mischief::Late, Mischief::Honest, Mischief::Reversed, Mischief::Breaks])
        .await;
}
