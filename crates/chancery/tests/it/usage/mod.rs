//! Usage, from a gateway's meter to the tables: each call once, whoever is killed on the way.

mod adding;
mod doors;
mod gaps;
mod gateway;

use std::process::Command;

use async_nats::jetstream::{self, stream::Stream};
use chancery_wire::Topology;

use crate::{
    checks::{client, connect},
    eventually,
    process::{Address, Server},
    world::World,
};

/// A worker, and nothing else in its process.
fn worker(world: &World) -> Server {
    worker_at(world, &Address::fresh())
}

fn worker_at(world: &World, at: &Address) -> Server {
    world.serve_with(at, alone).ready()
}

/// As its own NATS user, knowing no other.
fn alone(command: &mut Command) {
    command.args(["--role", "usage"]).env_remove("NATS_URL").env_remove("CHANCERY_NATS_READER_URL");
    command.env_remove("CHANCERY_NATS_METER_URL");
}

/// Calls that were decided, by each granularity.
fn counted(world: &World) -> [u64; 3] {
    world.block_on(async {
        let client = client(world).await;
        let mut counted = [0; 3];
        for (table, sum) in ["usage_minute", "usage_hour", "usage_day"].iter().zip(&mut counted) {
            let sql = format!(
                "SELECT coalesce(sum(calls), 0)::bigint FROM {table} JOIN usage_keys USING (key) WHERE status_class IS NULL"
            );
            *sum = client.query_one(&sql, &[]).await.unwrap().get::<_, i64>(0).cast_unsigned();
        }
        counted
    })
}

#[track_caller]
fn counts(world: &World, calls: u64) {
    eventually(&format!("{calls} calls are counted"), || {
        let counted = counted(world);
        assert!(counted.iter().all(|counted| *counted <= calls), "{counted:?} of {calls}");
        (counted == [calls; 3]).then_some(())
    });
}

/// A number that the server counts.
fn metric(server: &Server, name: &str) -> u64 {
    let metrics = server.ops("/metrics").expect(200).text;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().unwrap()
}

/// The stream, for the user who may do everything.
fn stream(world: &World) -> Stream {
    let context: jetstream::Context = world.block_on(connect(&world.nats.relay_url()));
    world.block_on(context.get_stream(Topology::default().usage_stream())).unwrap()
}
