//! Kill and restart of the worker and of NATS, redelivery of everything, and several workers.

use std::{thread, time::Duration};

use super::{counts, gateway::Gateway, metric, stream, worker, worker_at};
use crate::{eventually, process::Address, world::World};

#[test]
fn every_call_is_counted_once_though_the_worker_and_nats_are_killed_in_mid_traffic() {
    let world = World::new();
    let at = Address::fresh();
    let mut killed = worker_at(&world, &at);
    let gateways = [Gateway::start(&world), Gateway::start(&world)];
    let deciding = gateways.each_ref().map(|gateway| gateway.decide_for(Duration::from_secs(7)));
    for _ in 0..2 {
        thread::sleep(Duration::from_millis(1_300));
        killed.kill9();
        thread::sleep(Duration::from_millis(400));
        killed = worker_at(&world, &at);
        world.nats.kill9();
        thread::sleep(Duration::from_millis(500));
        world.nats.start_again().unwrap();
    }
    let calls = deciding.map(|deciding| deciding.join().unwrap()).iter().sum();
    for gateway in gateways {
        gateway.stop(&world);
    }
    counts(&world, calls);

    killed.terminate();
    assert!(killed.ended().success());
    // What was acknowledged is not taken again.
    let worker = worker_at(&world, &at);
    eventually("nothing waits", || (metric(&worker, "chancery_usage_lag_batches") == 0).then_some(()));
    counts(&world, calls);
}

#[test]
fn usage_that_came_before_the_worker_waits_for_it() {
    let world = World::new();
    drop(worker(&world));
    let gateway = Gateway::start(&world);
    let calls = gateway.decide_for(Duration::from_secs(2)).join().unwrap();
    gateway.stop(&world);
    let _worker = worker(&world);
    counts(&world, calls);
}

#[test]
fn batches_that_all_come_again_add_nothing() {
    let world = World::new();
    let worker = worker(&world);
    let gateway = Gateway::start(&world);
    let calls = gateway.decide_for(Duration::from_secs(3)).join().unwrap();
    gateway.stop(&world);
    counts(&world, calls);

    // A worker that has forgotten everything gets everything.
    let stream = stream(&world);
    let batches = stream.cached_info().state.messages;
    assert!(batches >= 4, "{batches} batches");
    assert_eq!(metric(&worker, "chancery_usage_batches_total"), batches);
    assert_eq!(metric(&worker, "chancery_usage_calls_total") / calls, 1, "decided, and finished besides");
    for round in 1..=2 {
        world.block_on(stream.delete_consumer("store")).unwrap();
        eventually("everything came again", || {
            (metric(&worker, "chancery_usage_duplicates_total") == round * batches).then_some(())
        });
        counts(&world, calls);
    }
    assert_eq!(metric(&worker, "chancery_usage_batches_total"), batches);
}

#[test]
fn two_workers_share_what_there_is() {
    let world = World::new();
    let workers = [worker(&world), worker(&world)];
    let gateways = [Gateway::start(&world), Gateway::start(&world), Gateway::start(&world)];
    let deciding = gateways.each_ref().map(|gateway| gateway.decide_for(Duration::from_secs(4)));
    let calls = deciding.map(|deciding| deciding.join().unwrap()).iter().sum();
    for gateway in gateways {
        gateway.stop(&world);
    }
    counts(&world, calls);
    let batches: u64 = workers.iter().map(|worker| metric(worker, "chancery_usage_batches_total")).sum();
    assert_eq!(batches, stream(&world).cached_info().state.messages);
}
