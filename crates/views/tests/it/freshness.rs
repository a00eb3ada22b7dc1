use std::time::Duration;

use chancery_views::{ReadError, Reader, apps};
use chancery_wire::Position;
use tokio::time::Instant;

use crate::{
    events::{app_created, id},
    world::{World, deadline},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_read_after_waiting_reflects_the_command() {
    let world = World::new();
    let running = world.run();
    let reader = world.reader(&running);
    for number in 1..20 {
        let position = world.happened(app_created(number)).await;
        reader.wait_for(&apps::Apps, position, deadline()).await.unwrap();
        let found = apps::app(&reader, id(number)).await.unwrap();
        assert!(found.position >= position && found.value.is_some());
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_wait_in_another_process_are_all_woken() {
    let world = World::new();
    let running = world.run();
    // Knows nothing of the runner, as in `--role api`.
    let reader = Reader::new(world.journal.clone(), None);
    let waiting: Vec<_> = (1..=30)
        .map(|position| {
            let reader = reader.clone();
            tokio::spawn(async move {
                reader.wait_for(&apps::Apps, Position::new(position), deadline()).await.unwrap();
                apps::app(&reader, id(u128::from(position))).await.unwrap().value.is_some()
            })
        })
        .collect();
    for number in 1..=30 {
        world.happened(app_created(number)).await;
    }
    for waiting in waiting {
        assert!(waiting.await.unwrap());
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_what_never_comes_is_told_at_the_deadline() {
    let world = World::new();
    let reader = world.caught_up().await;
    let soon = || Instant::now() + Duration::from_millis(20);
    let behind = reader.wait_for(&apps::Apps, Position::new(1), soon()).await.unwrap_err();
    assert_eq!((behind.view, behind.wanted), ("apps", Position::new(1)));
    let elsewhere = Reader::new(world.journal.clone(), None);
    elsewhere.wait_for(&apps::Apps, Position::new(1), soon()).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_was_never_built_is_unavailable_and_not_empty() {
    let world = World::new();
    let reader = Reader::new(world.journal.clone(), None);
    let error = apps::app(&reader, id(1)).await.unwrap_err();
    assert!(matches!(error, ReadError::Unavailable { view: "apps" }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_is_given_up_leaves_no_transaction_behind() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let reader = world.caught_up().await;
    for _ in 0..50 {
        // One poll: the statements are on their way, nobody takes the answer.
        let _ = futures_util::FutureExt::now_or_never(apps::app(&reader, id(1)));
    }
    let found = apps::app(&reader, id(1)).await.unwrap();
    assert!(found.value.is_some());
    let position = world.happened(app_created(2)).await;
    let reader = world.caught_up().await;
    assert_eq!(apps::app(&reader, id(2)).await.unwrap().position, position);
}
