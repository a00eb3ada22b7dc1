//! A build beside the live one: filled, compared, and switched to.

use std::sync::Arc;

use chancery_views::{Reader, all, apps, apps::Apps};
use chancery_wire::{
    Position,
    v1::{ProjectionOperation as Operation, Promotion},
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use tokio_util::sync::CancellationToken;

use crate::{
    events::{app_created, id, tenant_added},
    operated::Operator,
    story::{Story, step},
    world::{Running, World, deadline, person},
};

/// An app with tenants 1 to `tenants`.
async fn listed(world: &World, tenants: i64) -> Position {
    let mut head = world.happened(app_created(1)).await;
    for tenant_id in 1..=tenants {
        head = world.happened(tenant_added(1, tenant_id)).await;
    }
    head
}

async fn up(world: &World, running: &Running, head: Position) {
    let reader = Reader::new(world.journal.clone(), Some(running.statuses.clone()));
    reader.wait_for(&Apps, head, deadline()).await.unwrap();
}

async fn at_the_head(world: &World, running: &Running) {
    up(world, running, world.journal.head().await.unwrap().position).await;
}

/// What is read is of one whole build, and never of an earlier position than before: the tenants are those of the log.
async fn read_on(world: Arc<World>, stop: CancellationToken) -> u64 {
    let reader = Reader::new(world.journal.clone(), None);
    let (mut last, mut reads) = (Position::START, 0);
    while !stop.is_cancelled() {
        let read = apps::app(&reader, id(1)).await.unwrap();
        assert!(read.position >= last, "read {} after {last}", read.position);
        last = read.position;
        let sql = "SELECT count(*) FROM events WHERE type = 'TenantAdded' AND position <= $1";
        let client = world.journal.client().await.unwrap();
        let added: i64 = client.query_one(sql, &[&last.as_i64()]).await.unwrap().get(0);
        assert_eq!(read.value.unwrap().tenant_count, Some(added.cast_unsigned()), "at {last}");
        reads += 1;
    }
    reads
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_during_writes_ends_equal_to_the_fold_and_reads_are_always_of_one_whole_build() {
    let world = Arc::new(World::new());
    let head = listed(&world, 100).await;
    let running = world.run();
    up(&world, &running, head).await;
    let operator = Operator::of(&world, &Apps).await;
    let before = operator.live().await;
    let stop = CancellationToken::new();
    let reading = tokio::spawn(read_on(world.clone(), stop.clone()));
    let writing = tokio::spawn({
        let (world, stop) = (world.clone(), stop.clone());
        async move {
            let mut tenant_id = 100;
            while !stop.is_cancelled() {
                tenant_id += 1;
                world.happened(tenant_added(1, tenant_id)).await;
            }
        }
    });
    for _ in 0..2 {
        let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
        let comparison = operator.sees(rebuild_id, "promoted").await.unwrap();
        assert!(comparison.contains("\"equal\":true"), "{comparison}");
    }
    stop.cancel();
    writing.await.unwrap();
    assert!(reading.await.unwrap() > 0);
    at_the_head(&world, &running).await;
    // The last one is kept, to go back to.
    operator.waits_for("SELECT count(*) = 2 FROM projection_builds WHERE projection = 'apps'").await;
    running.stop().await;
    assert_ne!(operator.live().await, before);
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
    assert_eq!(operator.schemas().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_is_rebuilt_equal() {
    let world = World::new();
    listed(&world, 20).await;
    let running = world.run();
    at_the_head(&world, &running).await;
    for view in all() {
        let operator = Operator::of(&world, view).await;
        let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
        operator.sees(rebuild_id, "promoted").await;
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_killed_twice_goes_on_where_it_was() {
    let world = World::new();
    listed(&world, 300).await;
    let running = world.run();
    at_the_head(&world, &running).await;
    let operator = Operator::of(&world, &Apps).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 100).await;
    let filled = |to: i64| {
        format!(
            "SELECT coalesce(max(position), 0) > {to} FROM projection_rebuilds r JOIN projection_shards USING (schema_name) \
             WHERE r.rebuild_id = '{rebuild_id}'"
        )
    };
    operator.waits_for(&filled(0)).await;
    running.kill().await;
    let running = world.run();
    operator.waits_for(&filled(100)).await;
    running.kill().await;
    let running = world.run();
    // Faster from here on.
    operator.says(Operation::PauseRebuild, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "paused").await;
    operator
        .said(chancery_wire::v1::ProjectionOperated {
            operation: Operation::ResumeRebuild.into(),
            operation_id: rebuild_id.to_string(),
            events_per_second: 100_000,
            ..Default::default()
        })
        .await;
    operator.sees(rebuild_id, "promoted").await;
    at_the_head(&world, &running).await;
    running.stop().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_cancelled_leaves_nothing_behind() {
    let world = World::new();
    listed(&world, 100).await;
    let running = world.run();
    at_the_head(&world, &running).await;
    let operator = Operator::of(&world, &Apps).await;
    let live = operator.live().await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 10).await;
    operator.sees(rebuild_id, "filling").await;
    operator.says(Operation::CancelRebuild, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "cancelled").await;
    operator.waits_for("SELECT count(*) = 1 FROM projection_builds WHERE projection = 'apps'").await;
    assert_eq!(operator.schemas().await, std::slice::from_ref(&live));
    assert_eq!(operator.live().await, live);
    // And another one may follow.
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    operator.sees(rebuild_id, "promoted").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_paused_stands_still_until_it_is_resumed() {
    let world = World::new();
    listed(&world, 200).await;
    let running = world.run();
    at_the_head(&world, &running).await;
    let operator = Operator::of(&world, &Apps).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 20).await;
    operator.sees(rebuild_id, "filling").await;
    operator.says(Operation::PauseRebuild, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "paused").await;
    let sum = format!(
        "SELECT sum(position)::bigint FROM projection_rebuilds r JOIN projection_shards USING (schema_name) \
         WHERE r.rebuild_id = '{rebuild_id}'"
    );
    // Whoever filled it is told at the next look.
    let mut stands: i64 = operator.one(&sum).await.get(0);
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        let now: i64 = operator.one(&sum).await.get(0);
        if now == stands {
            break;
        }
        stands = now;
    }
    assert!(stands < 200 * 4, "it was paused on its way");
    operator
        .said(chancery_wire::v1::ProjectionOperated {
            operation: Operation::ResumeRebuild.into(),
            operation_id: rebuild_id.to_string(),
            events_per_second: 100_000,
            ..Default::default()
        })
        .await;
    operator.sees(rebuild_id, "promoted").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_shown_and_waits_for_an_operator() {
    let world = World::new();
    listed(&world, 20).await;
    let running = world.run();
    at_the_head(&world, &running).await;
    let operator = Operator::of(&world, &Apps).await;
    let live = operator.live().await;
    operator.does(&format!("UPDATE {live}.app SET name = 'changed by hand'")).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    let comparison = operator.sees(rebuild_id, "differs").await.unwrap();
    assert!(comparison.contains("\"equal\":false") && comparison.contains("changed by hand"), "{comparison}");
    assert_eq!(operator.live().await, live);
    // Meanwhile it is kept up.
    world.happened(tenant_added(1, 100)).await;
    operator.says(Operation::Promote, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "promoted").await;
    at_the_head(&world, &running).await;
    running.stop().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_may_wait_for_an_operator_though_nothing_differs() {
    let world = World::new();
    listed(&world, 20).await;
    let running = world.run();
    at_the_head(&world, &running).await;
    let operator = Operator::of(&world, &Apps).await;
    let rebuild_id = operator.rebuild(Promotion::Manual, 0).await;
    let comparison = operator.sees(rebuild_id, "ready").await.unwrap();
    assert!(comparison.contains("\"equal\":true"), "{comparison}");
    operator.says(Operation::Promote, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "promoted").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runners_fill_one_build_together() {
    let world = World::new();
    listed(&world, 200).await;
    let runners = [world.run(), world.run()];
    at_the_head(&world, &runners[0]).await;
    let operator = Operator::of(&world, &Apps).await;
    for _ in 0..2 {
        let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
        operator.sees(rebuild_id, "promoted").await;
    }
    for running in runners {
        running.stop().await;
    }
    world.caught_up().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_story_folded_in_one_stretch_is_what_it_is_in_batches() {
    let world = World::new();
    let mut runner = TestRunner::deterministic();
    let (mut story, mut events) = (Story::default(), Vec::new());
    while events.len() < 8_000 {
        let next = step().new_tree(&mut runner).unwrap().current();
        events.extend(story.next(&next).into_iter().flatten());
    }
    for events in events.chunks(200) {
        world.done_by(person("ann"), events.iter().cloned()).await;
    }
    let running = world.run();
    let reader = Reader::new(world.journal.clone(), Some(running.statuses.clone()));
    let head = world.journal.head().await.unwrap().position;
    for view in all() {
        reader.wait_for(view, head, deadline()).await.unwrap();
        let operator = Operator::of(&world, view).await;
        let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
        operator.sees(rebuild_id, "promoted").await;
    }
    running.stop().await;
    for view in all() {
        assert_eq!(world.live(view).await, world.rebuilt(view).await, "{}", view.name());
    }
}
