//! Proofs that no event is lost, applied twice or out of order: whatever the feed does, whoever dies and wherever, each
//! projection is the fold of the log, and a sum that forgives nothing is exact. And that what is wrong is found.

mod hostile;

mod audits;
mod chance;
mod digests;
mod divergences;
mod fenced;
mod gaps;
mod replays;
mod steps;
mod verifies;

use std::time::Duration;

use chancery_journal::Role;
use chancery_views::{View, all};
use chancery_wire::Position;
use futures_util::future::join;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use crate::{
    events::{app_created, tenant_added, tenant_registered},
    sum::SUM,
    world::{Running, World, deadline},
};

/// Every view, and the sum.
fn views() -> Vec<&'static dyn View> {
    all().into_iter().chain([&SUM as &dyn View]).collect()
}

/// Waits until every shard of the live build stands at `position`, whoever moves them.
async fn stands_at(world: &World, view: &dyn View, position: Position) {
    let client = world.client(Role::Views).await;
    let sql = "SELECT min(s.position), json_agg(s)::text FROM projection_pointers \
               JOIN projection_shards s USING (schema_name) WHERE projection = $1";
    let deadline = deadline();
    loop {
        let row = client.query_one(sql, &[&view.name()]).await.unwrap();
        let least: Option<i64> = row.get(0);
        if least.is_some_and(|least| Position::from_i64(least) >= position) {
            return;
        }
        if Instant::now() >= deadline {
            let workers = "SELECT coalesce(json_agg(w), '[]')::text FROM projection_workers w";
            let workers: String = client.query_one(workers, &[]).await.unwrap().get(0);
            let shards: Option<String> = row.get(1);
            panic!("{} does not reach {position}: {shards:#?}, workers {workers}", view.name());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Events of some apps, which fall into different shards, and of none.
async fn some_events(world: &World, from: u64, count: u64) -> Position {
    let mut head = Position::START;
    for number in from..from + count {
        let (app, tenant_id) = (u128::from(number % 5 + 1), i64::try_from(number).unwrap());
        head = match number {
            0..5 => world.happened(app_created(app)).await,
            _ if number % 7 == 0 => world.happened(tenant_registered(tenant_id, &["production"])).await,
            _ => world.happened(tenant_added(app, tenant_id)).await,
        };
    }
    head
}

/// The scratch builds that are there.
async fn scratches(client: &Client) -> Vec<String> {
    let sql = "SELECT schema_name FROM projection_builds WHERE phase = 'scratch' ORDER BY 1";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Has every view checked, each of which stands at the position or after it, while they and the log go on.
async fn while_it_goes_on(check: impl AsyncFn(&World, &'static dyn View, Position)) {
    let world = World::new();
    let running = Running::start(world.runner(views(), 5));
    let head = some_events(&world, 0, 40).await;
    for view in views() {
        stands_at(&world, view, head).await;
    }
    let checks = async {
        for view in views() {
            check(&world, view, head).await;
        }
    };
    join(some_events(&world, 40, 60), checks).await;
    running.stop().await;
    assert_eq!(scratches(&world.superuser().await).await, [""; 0], "what was folded for it is gone");
}
