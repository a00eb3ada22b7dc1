//! A batch that is lost on its way is missed, and one that can never be added holds nothing up.

use async_nats::Client;
use chancery_wire::{
    Topology,
    usage::{Dimensions, UsageBatch, UsageItem},
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{counts, gateway, metric, stream, worker_at};
use crate::{checks, eventually, process::Address, world::World};

/// A source's batch of one second: it counts as many calls as its number says.
fn batch(source: Uuid, sequence: u64, start: Timestamp) -> UsageBatch {
    let from = start + SignedDuration::from_secs(sequence.cast_signed());
    let item = UsageItem {
        dimensions: Dimensions::of_outcome("allowed"),
        calls: sequence,
        status_class: None,
        peak_per_second: None,
        latency_sketch: None,
        bytes_in: 0,
        bytes_out: 0,
    };
    let to = from + SignedDuration::from_secs(1);
    UsageBatch { source, sequence, from, to, last: false, items: vec![item] }
}

fn send(world: &World, client: &Client, source: Uuid, payload: Vec<u8>) {
    world.block_on(async {
        let context = async_nats::jetstream::new(client.clone());
        let sent = context.publish(Topology::default().usage_subject(source), payload.into()).await.unwrap();
        sent.await.unwrap();
    });
}

/// What is missing of the source: the first and the last.
fn missing(world: &World, source: Uuid) -> Vec<(i64, i64)> {
    world.block_on(async {
        let client = checks::client(world).await;
        let sql = "SELECT first, last FROM usage_gaps WHERE source = $1 ORDER BY first";
        let rows = client.query(sql, &[&source]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    })
}

#[test]
fn a_batch_that_was_lost_is_missed_until_it_comes() {
    let world = World::new();
    let at = Address::fresh();
    drop(worker_at(&world, &at));
    let client = world.block_on(gateway::client(&world));
    let (source, start) = (Uuid::now_v7(), Timestamp::now() - SignedDuration::from_secs(30));
    for sequence in 1..=5 {
        send(&world, &client, source, batch(source, sequence, start).to_json());
    }
    for sequence in [2, 3] {
        world.block_on(stream(&world).delete_message(sequence)).unwrap();
    }
    let worker = worker_at(&world, &at);
    counts(&world, 1 + 4 + 5);
    assert_eq!(missing(&world, source), [(2, 3)]);
    eventually("that is told", || (metric(&worker, "chancery_usage_missing_batches") == 2).then_some(()));

    send(&world, &client, source, batch(source, 3, start).to_json());
    counts(&world, 1 + 3 + 4 + 5);
    assert_eq!(missing(&world, source), [(2, 2)]);
    send(&world, &client, source, batch(source, 2, start).to_json());
    counts(&world, 1 + 2 + 3 + 4 + 5);
    assert_eq!(missing(&world, source), []);
}

#[test]
fn what_is_no_batch_or_too_old_is_rejected_and_holds_nothing_up() {
    let world = World::new();
    let worker = worker_at(&world, &Address::fresh());
    let client = world.block_on(gateway::client(&world));
    let (source, start) = (Uuid::now_v7(), Timestamp::now() - SignedDuration::from_secs(30));
    let old = Timestamp::now() - SignedDuration::from_hours(24 * 8);
    let unknown_app = {
        let mut batch = batch(Uuid::now_v7(), 1, start);
        batch.items[0].dimensions.app_id = Some(Uuid::now_v7());
        batch
    };
    for payload in [
        b"{}".to_vec(),
        b"not JSON".to_vec(),
        vec![b'x'; 100_000],
        batch(Uuid::now_v7(), 1, old).to_json(),
        unknown_app.to_json(),
        batch(source, 1, start).to_json(),
    ] {
        send(&world, &client, source, payload);
    }
    counts(&world, 1);
    eventually("all were looked at", || {
        (metric(&worker, "chancery_usage_rejected_total") == 5).then_some(())
    });
    eventually("nothing waits", || (metric(&worker, "chancery_usage_lag_batches") == 0).then_some(()));
}
