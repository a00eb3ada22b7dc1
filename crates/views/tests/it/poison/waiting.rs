//! What operators want of parked events waits until somebody does it, and no longer than anybody would.

use chancery_journal::NewEvent;
use chancery_views::{State, admin, apps::Apps};
use chancery_wire::{
    Position,
    v1::{ProjectionOperated, ProjectionOperation as Operation, Promotion},
};

use crate::{
    events::{app_created, new_event, tenant_added},
    operated::Operator,
    world::{Running, World, eventually, person},
};

/// What is parked of the projection, in any build.
const OF_APPS: &str =
    "FROM projection_parked JOIN projection_builds USING (schema_name) WHERE projection = 'apps'";

/// An app of which an event cannot be decoded, in a projection that is paused, and an operator who wants that retried.
async fn unheard(world: &World, operator: &Operator<'_>, running: &Running) -> Position {
    world.happened(app_created(1)).await;
    let broken = NewEvent { data: r#"{"app_id": 7}"#.into(), ..new_event(&tenant_added(1, 10)) };
    let broken = world.append(person("ann"), vec![broken]).await;
    world.at_the_head(running, &Apps).await;
    operator.says(Operation::Pause, None).await;
    running.reaches(&Apps, State::Paused).await;
    let retry = ProjectionOperated {
        operation: Operation::Retry.into(),
        position: broken.as_i64(),
        ..ProjectionOperated::default()
    };
    operator.said(retry).await;
    operator.waits_for("SELECT count(*) = 1 FROM projection_parked WHERE wanted = 'retry'").await;
    broken
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_waits_is_pending_until_it_is_done() {
    let world = World::new();
    let running = world.run();
    let operator = Operator::of(&world, &Apps).await;
    unheard(&world, &operator, &running).await;
    let pending = async || admin::projection(&world.journal, "apps").await.unwrap().value.unwrap().pending;
    assert_eq!(pending().await, 1);
    operator.says(Operation::Resume, None).await;
    eventually("it is done", async || (pending().await == 0).then_some(())).await;
    operator.waits_for(&format!("SELECT bool_and(attempts = 2) {OF_APPS}")).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_wanted_of_a_build_that_is_retired_is_waited_for_no_longer() {
    let world = World::new();
    let running = world.run();
    let operator = Operator::of(&world, &Apps).await;
    unheard(&world, &operator, &running).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    operator.sees(rebuild_id, "ready").await;
    let said = operator.says(Operation::Promote, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "promoted").await;
    operator.waits_for(&format!("SELECT count(*) = 2 AND count(wanted) = 0 {OF_APPS}")).await;
    // Also where it was left behind.
    let retired = "SELECT schema_name FROM projection_builds WHERE phase = 'retired'";
    operator
        .does(&format!("UPDATE projection_parked SET wanted = 'retry' WHERE schema_name IN ({retired})"))
        .await;
    assert!(admin::is_carried_out(&world.journal, "apps", said).await.unwrap());
    let shown = admin::projection(&world.journal, "apps").await.unwrap().value.unwrap();
    assert_eq!(shown.pending, 0);
    running.stop().await;
}
