//! More events than are worth a feed: they are read in stretches, by two workers at once, and written in bulk.

use chancery_journal::Role;
use chancery_views::{View as _, connections::Connections};
use chancery_wire::{Event, v1::ProjectionOperation as Operation};

use crate::{
    events::{app_created, connected, disabled},
    operated::Operator,
    world::{Running, World, eventually, person},
};

/// Of one tenant each, which is more than a worker's half sends row by row, and than a feed is left.
const CONNECTIONS: i64 = 28_000;
const APPS: u128 = 8;

/// Appends an event about each of the connections.
async fn each(world: &World, event: impl Fn(u128, i64) -> Event) {
    let about = |number: i64| event(1 + u128::from(number.unsigned_abs()) % APPS, 1 + number);
    for first in (0..CONNECTIONS).step_by(1_000) {
        world.done_by(person("ann"), (first..first + 1_000).map(about)).await;
    }
}

/// Appends while nothing is applied, and lets the two of them go at it.
async fn comes_at_once(world: &World, operator: &Operator<'_>, event: impl Fn(u128, i64) -> Event) {
    operator.says(Operation::Pause, None).await;
    operator
        .waits_for(
            "SELECT EXISTS (SELECT FROM projection_settings WHERE projection = 'connections' AND paused)",
        )
        .await;
    each(world, event).await;
    let head = operator.says(Operation::Resume, None).await;
    eventually("all is applied", async || (world.checkpoint(&Connections).await >= head).then_some(())).await;
}

/// Waits until two workers share the shards.
async fn each_has_half(world: &World) {
    eventually("each has half of the shards", async || {
        let holders = world.holders(&Connections).await;
        let of = |holder| holders.iter().filter(|other| **other == holder).count();
        holders.iter().all(|holder| holder.is_some() && of(*holder) * 2 == holders.len()).then_some(())
    })
    .await;
}

/// The connections in that state, at version 1.
async fn count(world: &World, state: &str) -> i64 {
    let schema = world.live_schema(&Connections).await;
    let sql = format!("SELECT count(*) FROM {schema}.connection WHERE state = $1 AND granted_version = 1");
    world.client(Role::Views).await.query_one(&sql, &[&state]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_that_two_workers_write_in_bulk_becomes_what_a_rebuild_of_it_is() {
    let world = World::new();
    for app in 1..=APPS {
        world.happened(app_created(app)).await;
    }
    let workers: Vec<_> = (0..2).map(|_| Running::start(world.runner(vec![&Connections], 100))).collect();
    each_has_half(&world).await;
    let operator = Operator::of(&world, &Connections).await;
    comes_at_once(&world, &operator, |app, tenant_id| connected(app, tenant_id, "production", 1).into())
        .await;
    assert_eq!(count(&world, "connected").await, CONNECTIONS);
    // Now nothing of it is new.
    comes_at_once(&world, &operator, |app, tenant_id| disabled(app, tenant_id, "production")).await;
    assert_eq!(count(&world, "disabled").await, CONNECTIONS);
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(world.live(&Connections).await, world.rebuilt(&Connections).await, "{}", Connections.name());
}

/// As after a failover to a server that had not heard of the last ones.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_some_shards_goes_no_further_than_the_log_although_its_head_is_told_to() {
    let world = World::new();
    let head = world.happened(app_created(1)).await;
    let workers: Vec<_> = (0..2).map(|_| Running::start(world.runner(vec![&Connections], 100))).collect();
    each_has_half(&world).await;
    eventually("all is applied", async || (world.checkpoint(&Connections).await >= head).then_some(())).await;
    let client = world.superuser().await;
    let lost = "UPDATE head SET position = position + 5; \
                SELECT pg_notify('chancery_head', position::text) FROM head";
    client.batch_execute(lost).await.unwrap();
    let told = "SELECT count(*), max(position) FROM projection_shards WHERE last_error LIKE '%nothing at%'";
    let furthest = eventually("both workers say that nothing is there", async || {
        let row = client.query_one(told, &[]).await.unwrap();
        (row.get::<_, i64>(0) == 4).then(|| row.get::<_, i64>(1))
    })
    .await;
    assert_eq!(furthest, head.as_i64());
    for worker in workers {
        worker.stop().await;
    }
}
