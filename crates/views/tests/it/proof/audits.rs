//! The auditor of a running system: it has nothing to say while all is well, and says what is not.

use std::time::Duration;

use chancery_views::{Audit, View, apps::Apps};
use chancery_wire::{
    Position,
    v1::{ProjectionOperation as Operation, Promotion},
};
use tokio::sync::watch;

use super::{some_events, stands_at, views};
use crate::{
    operated::Operator,
    sum::SUM,
    world::{Running, World, deadline},
};

const OFTEN: Duration = Duration::from_millis(50);

/// A system whose auditor looks often.
fn audited(
    world: &World,
    views: Vec<&'static dyn View>,
) -> (Running, watch::Receiver<chancery_views::Audits>) {
    let runner = world.runner(views, 7).audited_every(OFTEN);
    let audits = runner.audits();
    (Running::start(runner), audits)
}

/// Waits until the auditor's word on a subject is as wanted.
async fn says(
    audits: &mut watch::Receiver<chancery_views::Audits>,
    subject: &str,
    wanted: impl Fn(&Audit) -> bool,
) -> Audit {
    let found = audits.wait_for(|audits| audits.get(subject).is_some_and(&wanted));
    tokio::time::timeout_at(deadline(), found).await.unwrap().unwrap()[subject].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_system_in_which_all_is_well_differs_in_nothing() {
    let world = World::new();
    let (running, mut audits) = audited(&world, views());
    let mut head = Position::START;
    for round in 0..4 {
        head = some_events(&world, round * 15, 15).await;
    }
    for view in views() {
        let audit = says(&mut audits, view.name(), |audit| audit.position >= head).await;
        assert_eq!(audit.differences, Vec::<String>::new(), "{}", view.name());
    }
    running.stop().await;
}

/// What the auditor says of `view` after `change` was done by hand.
async fn says_after(view: &'static dyn View, change: &str) -> String {
    let world = World::new();
    let (running, mut audits) = audited(&world, vec![view]);
    let head = some_events(&world, 0, 20).await;
    stands_at(&world, view, head).await;
    says(&mut audits, view.name(), |audit| audit.position >= head).await;
    let client = world.superuser().await;
    let schema_name = world.live_schema(view).await;
    client.batch_execute(&change.replace("{schema}", &schema_name)).await.unwrap();
    let audit = says(&mut audits, view.name(), |audit| !audit.differences.is_empty()).await;
    // It is said until the build is replaced, also by a process that begins to audit now.
    running.stop().await;
    let (running, mut audits) = audited(&world, vec![view]);
    let again = says(&mut audits, view.name(), |_| true).await;
    assert_eq!(again.differences.first(), audit.differences.first());
    running.stop().await;
    audit.differences.join("; ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_changed_by_hand_is_found() {
    let said = says_after(&Apps, "UPDATE {schema}.app SET name = 'Somebody else''s'").await;
    assert!(said.contains("rows are not what the engine wrote"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_deleted_by_hand_is_found() {
    let said = says_after(&SUM, "DELETE FROM {schema}.sum WHERE key = '-'").await;
    assert!(said.contains("the engine wrote"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_never_given_to_a_view_is_found() {
    let said = says_after(
        &SUM,
        "UPDATE projection_shards SET events = events - 1 WHERE schema_name = '{schema}' AND shard = 1",
    )
    .await;
    assert!(said.contains("shard 1 was given"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_event_than_the_logs_is_found() {
    let said = says_after(
        &SUM,
        "UPDATE projection_shards SET events_digest = events_digest + 1 WHERE schema_name = '{schema}' AND shard = 2",
    )
    .await;
    assert!(said.contains("shard 2 was given other events"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_was_moved_by_hand_is_found() {
    let ahead = "UPDATE projection_shards SET position = position + 1000 WHERE schema_name = '{schema}' AND shard = 3";
    let said = says_after(&SUM, ahead).await;
    assert!(said.contains("shard 3 stands at 1020, the log ends at 20"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_audits_and_all_tell_what_it_found() {
    let world = World::new();
    let (first, mut told_first) = audited(&world, vec![&Apps]);
    let (second, mut told_second) = audited(&world, vec![&Apps]);
    let head = some_events(&world, 0, 20).await;
    for told in [&mut told_first, &mut told_second] {
        says(told, "apps", |audit| audit.position >= head).await;
    }
    first.kill().await;
    let head = some_events(&world, 20, 5).await;
    says(&mut told_second, "apps", |audit| audit.position >= head).await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_is_forgotten_with_the_build_that_it_was_found_of() {
    let world = World::new();
    let (running, mut audits) = audited(&world, vec![&Apps]);
    let head = some_events(&world, 0, 20).await;
    stands_at(&world, &Apps, head).await;
    let schema_name = world.live_schema(&Apps).await;
    let change = format!("UPDATE {schema_name}.app SET name = 'Forged'");
    world.superuser().await.batch_execute(&change).await.unwrap();
    says(&mut audits, "apps", |audit| !audit.differences.is_empty()).await;

    let operator = Operator::of(&world, &Apps).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    operator.sees(rebuild_id, "differs").await;
    operator.says(Operation::Promote, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "promoted").await;
    let head = some_events(&world, 20, 5).await;
    says(&mut audits, "apps", |audit| audit.differences.is_empty() && audit.position >= head).await;
    running.stop().await;
}
