//! What operators say is carried out once, whoever carries it out and wherever it dies.

use chancery_views::{State, all, apps::Apps, versions::Versions};
use chancery_wire::v1::{ProjectionOperation as Operation, Promotion};
use uuid::Uuid;

use crate::{
    events::{app_created, tenant_added},
    operated::Operator,
    world::{Running, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_carried_out_once_however_often_runners_die() {
    let world = World::new();
    world.happened(app_created(1)).await;
    world.caught_up().await;
    let operator = Operator::of(&world, &Apps).await;
    let mut asked = Vec::new();
    for round in 0..6 {
        asked.push(operator.rebuild(Promotion::IfEqual, 0).await);
        let runners = [world.run(), world.run()];
        if round % 2 == 0 {
            // Wherever they happen to be.
            tokio::time::sleep(std::time::Duration::from_millis(20 * round)).await;
        } else {
            operator
                .waits_for("SELECT count(*) > 0 AND bool_and(state IN ('promoted', 'failed')) FROM projection_rebuilds")
                .await;
        }
        for running in runners {
            running.kill().await;
        }
    }
    let running = world.run();
    let said = operator.says(Operation::Resume, None).await;
    operator.waits_for(&format!("SELECT position = {said} FROM projection_control")).await;
    operator.waits_for("SELECT bool_and(state IN ('promoted', 'failed')) FROM projection_rebuilds").await;
    running.stop().await;
    let rows = operator
        .one("SELECT count(*), count(*) FILTER (WHERE state = 'promoted') FROM projection_rebuilds")
        .await;
    assert_eq!(rows.get::<_, i64>(0), i64::try_from(asked.len()).unwrap());
    // The first build and one for each rebuild that was not refused: none was made twice.
    let made: i32 =
        operator.one("SELECT builds FROM projection_settings WHERE projection = 'apps'").await.get(0);
    assert_eq!(i64::from(made), rows.get::<_, i64>(1) + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_the_first_start_is_carried_out_by_it() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let operator = Operator::of(&world, &Apps).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    operator.says(Operation::Verify, Some(Uuid::now_v7())).await;
    let versions = Operator::of(&world, &Versions).await;
    let said = versions.says(Operation::Pause, None).await;
    let running = world.run();
    running.reaches(&Versions, State::Paused).await;
    operator.sees(rebuild_id, "promoted").await;
    operator
        .waits_for("SELECT count(*) = 1 AND bool_and(state = 'equal') FROM projection_verifications")
        .await;
    running.stop().await;
    let control: i64 = operator.one("SELECT position FROM projection_control").await.get(0);
    assert_eq!(control, said.as_i64());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_projection_keeps_its_shards_and_applies_nothing_until_it_is_resumed() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let runner = world.runner(all(), 100);
    let worker = runner.worker();
    let running = Running::start(runner);
    let operator = Operator::of(&world, &Apps).await;
    world.at_the_head(&running, &Apps).await;
    operator.says(Operation::Pause, None).await;
    running.reaches(&Apps, State::Paused).await;
    let head = world.happened(tenant_added(1, 1)).await;
    world.at_the_head(&running, &Versions).await;
    // What was in hand when it was told to stand still, it may have finished.
    assert!(world.checkpoint(&Apps).await < head);
    assert!(world.holders(&Apps).await.iter().all(|holder| *holder == Some(worker)));
    operator.says(Operation::Resume, None).await;
    world.at_the_head(&running, &Apps).await;
    running.stop().await;
}
