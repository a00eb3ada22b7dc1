//! Back to the build before, and versions that come beside each other.

use chancery_views::{ReadError, Reader, apps, apps::Apps};
use chancery_wire::v1::{ProjectionOperation as Operation, Promotion};

use crate::{
    events::{app_created, id, tenant_added},
    operated::{Operator, listed},
    switch::NextApps,
    world::{Running, World, person},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_gives_back_the_build_before_at_the_head() {
    let (world, running) = listed(0).await;
    let operator = Operator::of(&world, &Apps).await;
    let first = world.live_schema(&Apps).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    operator.sees(rebuild_id, "promoted").await;
    let second = world.live_schema(&Apps).await;
    for tenant_id in 1..=20 {
        world.happened(tenant_added(1, tenant_id)).await;
    }
    operator.says(Operation::Rollback, None).await;
    operator.sees(rebuild_id, "rolled_back").await;
    assert_eq!(world.live_schema(&Apps).await, first);
    world.at_the_head(&running, &Apps).await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
    // And forth again.
    world.happened(tenant_added(1, 21)).await;
    operator.says(Operation::Rollback, None).await;
    operator.sees(rebuild_id, "promoted").await;
    assert_eq!(world.live_schema(&Apps).await, second);
    world.at_the_head(&running, &Apps).await;
    running.stop().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_build_far_behind_catches_up_before_it_is_gone_back_to() {
    let (world, running) = listed(0).await;
    let operator = Operator::of(&world, &Apps).await;
    let first = world.live_schema(&Apps).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    operator.sees(rebuild_id, "promoted").await;
    // More than is levelled under lock.
    let batches = (1..=6_000_i64).collect::<Vec<_>>();
    for tenants in batches.chunks(500) {
        let events = tenants.iter().map(|tenant_id| tenant_added(1, *tenant_id));
        world.done_by(person("ann"), events).await;
    }
    world.at_the_head(&running, &Apps).await;
    operator.says(Operation::Rollback, None).await;
    operator.sees(rebuild_id, "rolled_back").await;
    assert_eq!(world.live_schema(&Apps).await, first);
    world.at_the_head(&running, &Apps).await;
    running.stop().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_build_before_is_dropped_when_an_operator_says_so() {
    let (world, running) = listed(0).await;
    let operator = Operator::of(&world, &Apps).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    operator.sees(rebuild_id, "promoted").await;
    operator.says(Operation::DropBuild, None).await;
    operator.waits_for("SELECT count(*) = 1 FROM projection_builds WHERE projection = 'apps'").await;
    assert_eq!(operator.schemas().await, [world.live_schema(&Apps).await]);
    // There is nothing to go back to.
    let said = operator.says(Operation::Rollback, None).await;
    operator.waits_for(&format!("SELECT position >= {said} FROM projection_control")).await;
    let live = world.live_schema(&Apps).await;
    world.at_the_head(&running, &Apps).await;
    assert_eq!(world.live_schema(&Apps).await, live);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_fills_beside_the_old_one_and_is_not_filled_again_once_it_was_rolled_back_from() {
    let world = World::new();
    world.happened(app_created(1)).await;
    for tenant_id in 1..50 {
        world.happened(tenant_added(1, tenant_id)).await;
    }
    let old = Running::start(world.runner(vec![&Apps], 10));
    world.at_the_head(&old, &Apps).await;
    let operator = Operator::of(&world, &Apps).await;
    let first = world.live_schema(&Apps).await;
    let reader = Reader::new(world.journal.clone(), None);

    let new = Running::start(world.runner(vec![&NextApps], 10));
    loop {
        // The old one serves as long as it is pointed at.
        match apps::app(&reader, id(1)).await {
            Ok(app) => assert_eq!(app.value.unwrap().tenant_count, Some(49)),
            Err(ReadError::Unavailable { .. }) => break,
            Err(error) => panic!("{error}"),
        }
        tokio::task::yield_now().await;
    }
    assert_ne!(world.live_schema(&Apps).await, first);
    let rebuild = "SELECT state, comparison->>'reason' FROM projection_rebuilds WHERE projection = 'apps'";
    let row = operator.one(rebuild).await;
    assert_eq!(row.get::<_, &str>(0), "promoted");
    assert!(row.get::<_, &str>(1).contains("version"), "there was nothing to compare");

    world.happened(tenant_added(1, 100)).await;
    operator.says(Operation::Rollback, None).await;
    operator
        .waits_for(&format!(
            "SELECT schema_name = '{first}' FROM projection_pointers WHERE projection = 'apps'"
        ))
        .await;
    world.at_the_head(&old, &Apps).await;
    new.stop().await;
    // A process that knows the new version comes again, and leaves the old one in peace.
    let new = Running::start(world.runner(vec![&NextApps], 10));
    let said = operator.says(Operation::Resume, None).await;
    operator.waits_for(&format!("SELECT position >= {said} FROM projection_control")).await;
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert_eq!(operator.one("SELECT count(*) FROM projection_rebuilds").await.get::<_, i64>(0), 1);
    assert_eq!(world.live_schema(&Apps).await, first);
    world.at_the_head(&old, &Apps).await;
    new.stop().await;
    old.stop().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}
