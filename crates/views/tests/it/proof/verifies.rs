//! Verifying: the log folded offline equals the live build, or it says where not.

use std::time::Duration;

use chancery_views::{
    Side, View,
    admin::{self, ProjectionState},
    apps::Apps,
    connections::Connections,
    verify,
};
use chancery_wire::v1::{ProjectionOperation as Operation, Promotion};
use serde_json::Value;
use tokio_postgres::Client;
use uuid::Uuid;

use super::{
    replays::{Asked, replay},
    some_events, stands_at, while_it_goes_on,
};
use crate::{
    events::{new_event, tenant_added},
    operated::Operator,
    sum::{SUM, is_exact},
    world::{Running, World, eventually, person},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_live_build_that_goes_on_equals_the_fold_of_the_log() {
    while_it_goes_on(async |world, view, head| {
        let verified = verify(world.url(), &world.journal, view, |_| ()).await.unwrap();
        assert!(verified.equal && verified.position >= head, "{verified:#?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_is_told_with_the_rows_of_both_sides() {
    let world = World::new();
    let running = Running::start(world.runner(vec![&Apps], 5));
    let head = some_events(&world, 0, 20).await;
    stands_at(&world, &Apps, head).await;
    running.stop().await;
    let client = world.superuser().await;
    let schema_name = world.live_schema(&Apps).await;
    let change = format!(
        "UPDATE {schema_name}.app SET name = 'Forged' WHERE name = (SELECT min(name) FROM {schema_name}.app)"
    );
    let changed = client.execute(&change, &[]).await.unwrap();
    let verified = verify(world.url(), &world.journal, &Apps, |_| ()).await.unwrap();
    assert!(!verified.equal);
    assert!(verified.shards.iter().all(|shard| shard.equal), "{verified:#?}");
    let [table] = &verified.tables[..] else { panic!("{verified:#?}") };
    assert_eq!((&*table.table, table.equal), ("app", false));
    assert_eq!(
        (table.only_live.len() as u64, table.only_other.len() as u64),
        (changed.min(10), changed.min(10))
    );
    assert!(table.only_live.iter().all(|row| row.contains("Forged")), "{verified:#?}");
    assert!(!table.only_other.iter().any(|row| row.contains("Forged")), "{verified:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_one_side_lacks_is_the_one_that_is_told() {
    let world = World::new();
    let running = Running::start(world.runner(vec![&Connections], 5));
    let head = some_events(&world, 0, 20).await;
    stands_at(&world, &Connections, head).await;
    running.stop().await;
    let (client, schema_name) = (world.superuser().await, world.live_schema(&Connections).await);
    for (change, table, missing_in) in [
        ("ALTER TABLE {}.app_version RENAME TO another", "another", Side::Other),
        ("DROP TABLE {}.another CASCADE", "app_version", Side::Live),
    ] {
        client.batch_execute(&change.replace("{}", &schema_name)).await.unwrap();
        let verified = verify(world.url(), &world.journal, &Connections, |_| ()).await.unwrap();
        assert!(!verified.equal);
        let told = verified.tables.iter().find(|found| found.table == table).unwrap();
        assert_eq!(told.missing_in, Some(missing_in), "{told:#?}");
        let others = verified.tables.iter().filter(|found| found.missing_in.is_none());
        assert!(others.clone().count() == 5 && others.into_iter().all(|found| found.equal), "{verified:#?}");

        let replayed = replay(&world, &Connections, Asked::default()).await.comparison.unwrap();
        let told = replayed.tables.iter().find(|found| found.table == table).unwrap();
        assert!(!replayed.equal && told.missing_in == Some(missing_in), "{replayed:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_that_stands_past_the_logs_end_is_a_difference() {
    let world = World::new();
    let running = Running::start(world.runner(vec![&Apps], 5));
    let head = some_events(&world, 0, 20).await;
    stands_at(&world, &Apps, head).await;
    running.stop().await;
    let ahead = "UPDATE projection_shards SET position = position + 500 WHERE schema_name = $1 AND shard = 1";
    world.superuser().await.execute(ahead, &[&world.live_schema(&Apps).await]).await.unwrap();
    let verified = verify(world.url(), &world.journal, &Apps, |_| ()).await.unwrap();
    let past: Vec<_> = verified.shards.iter().filter(|shard| !shard.equal).collect();
    let [shard] = &past[..] else { panic!("{verified:#?}") };
    assert_eq!((shard.shard, shard.position.get(), shard.log_ends), (1, head.get() + 500, Some(head)));
    assert!(!verified.equal && verified.position == head, "{verified:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_is_no_difference() {
    let world = World::new();
    let running = Running::start(world.runner(vec![&Apps], 5));
    some_events(&world, 0, 10).await;
    let broken = new_event(&tenant_added(1, 500));
    let broken = chancery_journal::NewEvent { data: r#"{"app_id": 7}"#.into(), ..broken };
    world.append(person("ann"), vec![broken]).await;
    let head = some_events(&world, 10, 20).await;
    stands_at(&world, &Apps, head).await;
    let verified = verify(world.url(), &world.journal, &Apps, |_| ()).await.unwrap();
    assert!(verified.equal && verified.parked > 0, "{verified:#?}");
    running.stop().await;
}

/// Asks as an operator does, and waits for the end.
async fn asked(client: &Client, view: &dyn View, state: &str) -> (String, Value) {
    let id = Uuid::now_v7();
    let ask = "INSERT INTO projection_verifications (verification_id, projection, state, requested_at) \
               VALUES ($1, $2, $3, now())";
    client.execute(ask, &[&id, &view.name(), &state]).await.unwrap();
    let look = "SELECT state, report, events_done, position FROM projection_verifications \
                WHERE verification_id = $1 AND finished_at IS NOT NULL";
    let row =
        eventually("the verification ends", async || client.query_opt(look, &[&id]).await.unwrap()).await;
    assert_eq!(row.get::<_, i64>(2), row.get::<_, i64>(3));
    (row.get(0), row.get(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_request_is_carried_out_also_where_a_process_died_over_it() {
    let world = World::new();
    let running = Running::start(world.runner(vec![&SUM], 5));
    let head = some_events(&world, 0, 30).await;
    stands_at(&world, &SUM, head).await;
    let client = world.superuser().await;
    for state in ["requested", "running"] {
        let (state, report) = asked(&client, &SUM, state).await;
        assert_eq!(state, "equal", "{report}");
        assert_eq!(report["position"], head.get(), "{report}");
    }
    is_exact(&world).await;
    let schema_name = world.live_schema(&SUM).await;
    client.batch_execute(&format!("DELETE FROM {schema_name}.sum WHERE key = '-'")).await.unwrap();
    let (state, report) = asked(&client, &SUM, "requested").await;
    assert_eq!(state, "differs", "{report}");
    assert_eq!(report["tables"][0]["only_other"].as_array().map(Vec::len), Some(1), "{report}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_differs_says_so_until_it_is_found_equal_or_replaced() {
    let world = World::new();
    let runner = world.runner(vec![&Apps], 5).audited_every(Duration::from_hours(24));
    let mut audited = runner.audits();
    let running = Running::start(runner);
    // The auditor has looked, and looks no more.
    audited.changed().await.unwrap();
    let head = some_events(&world, 0, 20).await;
    stands_at(&world, &Apps, head).await;
    let (client, operator) = (world.superuser().await, Operator::of(&world, &Apps).await);
    let shown = async || admin::projection(&world.journal, "apps").await.unwrap().value.unwrap();
    let verified = async |state: &str| {
        let id = Uuid::now_v7();
        operator.says(Operation::Verify, Some(id)).await;
        operator
            .waits_for(&format!(
                "SELECT count(*) = 1 FROM projection_verifications WHERE verification_id = '{id}' AND state = '{state}'"
            ))
            .await;
        id
    };
    let schema_name = world.live_schema(&Apps).await;
    let changed = async |by: i64| {
        let sql = format!("UPDATE {schema_name}.app SET tenant_count = tenant_count + {by}");
        client.batch_execute(&sql).await.unwrap();
    };
    verified("equal").await;
    assert_eq!(shown().await.difference, None);
    changed(1).await;
    let id = verified("differs").await;
    let found = shown().await;
    assert_eq!(found.difference, Some(format!("verification {id} differs")), "{found:#?}");
    assert_ne!(found.state, ProjectionState::Live);
    changed(-1).await;
    verified("equal").await;
    assert_eq!(shown().await.difference, None);
    changed(1).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    operator.sees(rebuild_id, "differs").await;
    let found = shown().await;
    assert_eq!(found.difference, Some(format!("rebuild {rebuild_id} differs")), "{found:#?}");
    operator.says(Operation::Promote, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "promoted").await;
    assert_eq!(shown().await.difference, None);
    running.stop().await;
}
