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

use chancery_journal::{Role, config_for};
use chancery_views::View;
use chancery_wire::Position;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, NoTls};

use crate::{
    events::{app_created, tenant_added, tenant_registered},
    world::{World, deadline},
};

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

/// A connection that may do everything.
async fn superuser(world: &World) -> Client {
    let mut config = config_for(world.url(), Role::Views).unwrap();
    let (client, connection) = config.options("").connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
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
