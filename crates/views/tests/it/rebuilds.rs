//! A build beside the live one: filled, compared, and switched to.

use std::sync::Arc;

use chancery_views::{
    Reader,
    admin::{self, WaitsFor},
    all, apps,
    apps::Apps,
    connections::Connections,
};
use chancery_wire::{
    Position,
    v1::{ProjectionOperation as Operation, Promotion},
};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    events::{app_created, connected, id, tenant_added},
    operated::{Operator, listed},
    story::{Story, step},
    world::{World, person},
};

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
    let (world, running) = listed(100).await;
    let world = Arc::new(world);
    let operator = Operator::of(&world, &Apps).await;
    let before = world.live_schema(&Apps).await;
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
    world.at_the_head(&running, &Apps).await;
    // The last one is kept, to go back to.
    operator.waits_for("SELECT count(*) = 2 FROM projection_builds WHERE projection = 'apps'").await;
    running.stop().await;
    assert_ne!(world.live_schema(&Apps).await, before);
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
    assert_eq!(operator.schemas().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_is_rebuilt_equal() {
    let (world, running) = listed(20).await;
    for view in all() {
        let operator = Operator::of(&world, view).await;
        let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
        operator.sees(rebuild_id, "promoted").await;
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_killed_twice_goes_on_where_it_was() {
    let (world, running) = listed(300).await;
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
    operator.says(Operation::PauseRebuild, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "paused").await;
    operator.hastens(rebuild_id).await;
    operator.sees(rebuild_id, "promoted").await;
    world.at_the_head(&running, &Apps).await;
    running.stop().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_cancelled_leaves_nothing_behind() {
    let (world, running) = listed(100).await;
    let operator = Operator::of(&world, &Apps).await;
    let live = world.live_schema(&Apps).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 10).await;
    operator.sees(rebuild_id, "filling").await;
    operator.says(Operation::CancelRebuild, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "cancelled").await;
    operator.waits_for("SELECT count(*) = 1 FROM projection_builds WHERE projection = 'apps'").await;
    assert_eq!(operator.schemas().await, std::slice::from_ref(&live));
    assert_eq!(world.live_schema(&Apps).await, live);
    // And another one may follow.
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    operator.sees(rebuild_id, "promoted").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_is_paused_stands_still_until_it_is_resumed() {
    let (world, running) = listed(200).await;
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
    operator.hastens(rebuild_id).await;
    operator.sees(rebuild_id, "promoted").await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_shown_and_waits_for_an_operator() {
    let (world, running) = listed(20).await;
    let operator = Operator::of(&world, &Apps).await;
    let live = world.live_schema(&Apps).await;
    operator.does(&format!("UPDATE {live}.app SET name = 'changed by hand'")).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    let comparison = operator.sees(rebuild_id, "differs").await.unwrap();
    assert!(comparison.contains("\"equal\":false") && comparison.contains("changed by hand"), "{comparison}");
    assert_eq!(world.live_schema(&Apps).await, live);
    // Meanwhile it is kept up.
    world.happened(tenant_added(1, 100)).await;
    operator.says(Operation::Promote, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "promoted").await;
    world.at_the_head(&running, &Apps).await;
    running.stop().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_may_wait_for_an_operator_though_nothing_differs() {
    let (world, running) = listed(20).await;
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
    let (world, running) = listed(200).await;
    let other = world.run();
    world.at_the_head(&other, &Apps).await;
    let operator = Operator::of(&world, &Apps).await;
    for _ in 0..2 {
        let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
        operator.sees(rebuild_id, "promoted").await;
    }
    other.stop().await;
    running.stop().await;
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
    for view in all() {
        world.at_the_head(&running, view).await;
        let operator = Operator::of(&world, view).await;
        let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
        operator.sees(rebuild_id, "promoted").await;
    }
    running.stop().await;
    for view in all() {
        assert_eq!(world.live(view).await, world.rebuilt(view).await, "{}", view.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_one_statement_writes_are_what_they_are_in_batches() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let tenants: Vec<i64> = (1..=10_001).collect();
    for tenants in tenants.chunks(500) {
        let connected = |tenant: &i64| connected(1, *tenant, "production", 1).into();
        world.done_by(person("ann"), tenants.iter().map(connected)).await;
    }
    let running = world.run();
    world.at_the_head(&running, &Connections).await;
    running.stop().await;
    let live = world.live(&Connections).await;
    assert_eq!(live["connection"].len(), tenants.len());
    assert_eq!(live, world.rebuilt(&Connections).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_beside_a_paused_build_fills_and_waits_as_ready_until_it_is_resumed_or_promoted() {
    let (world, running) = listed(10).await;
    let operator = Operator::of(&world, &Apps).await;
    let filled = |rebuild_id: Uuid, position: Position| {
        format!(
            "SELECT bool_and(position >= {position}) FROM projection_rebuilds r JOIN projection_shards USING (schema_name) \
             WHERE r.rebuild_id = '{rebuild_id}'"
        )
    };
    for resumed in [true, false] {
        let before = world.live_schema(&Apps).await;
        operator.says(Operation::Pause, None).await;
        let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
        let head = world.happened(tenant_added(1, if resumed { 20 } else { 21 })).await;
        assert_eq!(operator.sees(rebuild_id, "ready").await, None);
        operator.waits_for(&filled(rebuild_id, head)).await;
        assert_eq!(world.live_schema(&Apps).await, before);
        let shown = admin::rebuild(&world.journal, "apps", rebuild_id).await.unwrap().unwrap();
        assert_eq!(shown.waits_for, Some(WaitsFor::Resume));
        let next = if resumed { Operation::Resume } else { Operation::Promote };
        operator.says(next, (!resumed).then_some(rebuild_id)).await;
        let comparison = operator.sees(rebuild_id, "promoted").await.unwrap();
        assert!(comparison.contains("\"equal\":true"), "{comparison}");
        let shown = admin::rebuild(&world.journal, "apps", rebuild_id).await.unwrap().unwrap();
        assert_eq!(shown.waits_for, None);
    }
    operator.says(Operation::Resume, None).await;
    world.at_the_head(&running, &Apps).await;
    running.stop().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_is_that_of_the_slowest_shard_and_nothing_where_nobody_works() {
    let (world, running) = listed(10).await;
    let operator = Operator::of(&world, &Apps).await;
    let rebuild_id = operator.rebuild(Promotion::Manual, 0).await;
    operator.sees(rebuild_id, "ready").await;
    // As measured at this moment, which lasts for the test.
    let measured =
        "UPDATE projection_shards SET rate = 100 + 10 * shard, updated_at = now() + interval '1 hour'";
    operator.does(measured).await;
    let shown = async || admin::projection(&world.journal, "apps").await.unwrap().value.unwrap();
    let rates = async || {
        let found = shown().await;
        let shards = found.shards.iter().map(|shard| shard.rate);
        shards
            .chain([found.rate, found.rebuild.unwrap().rate])
            .map(|rate| rate.to_string())
            .collect::<Vec<_>>()
    };
    let numbers = 0..shown().await.shards.len();
    let of_shards = numbers.clone().map(|number| (100 + 10 * number).to_string());
    assert!(numbers.len() > 1);
    assert_eq!(rates().await, of_shards.chain(["100".into(), "100".into()]).collect::<Vec<_>>());
    running.stop().await;
    // And nowhere `-0`.
    assert_eq!(rates().await, vec!["0"; numbers.len() + 2]);
}
