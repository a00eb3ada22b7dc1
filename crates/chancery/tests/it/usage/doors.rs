//! What the doors decide is counted, over NATS and without it.

use std::collections::BTreeMap;

use super::worker;
use crate::{
    call::Call,
    doors::{
        story::{Story, gate, gate_with},
        table::cases,
        ways::Authorize,
    },
    eventually,
    process::Server,
};

/// Has a door decide every case of the table, and adds what it said to `decided`.
fn ask(story: &Story, server: Server, decided: &mut BTreeMap<String, u64>) {
    let door = Authorize { story, server };
    for case in cases(story) {
        let reply = door.ask(&case);
        let told = reply.json();
        let outcome = if reply.status == 200 { "allowed" } else { told["code"].as_str().unwrap() };
        *decided.entry(outcome.to_owned()).or_default() += 1;
    }
    // It tells what it has counted before it ends.
    door.server.terminate();
    assert!(door.server.ended().success());
}

#[track_caller]
fn is_reported(story: &Story, decided: &BTreeMap<String, u64>) {
    let read = Call::get("/v1/usage?granularity=day&group_by=outcome").by(&story.platform);
    eventually("the report tells of each decision", || {
        let report = story.server.send(&read).expect(200).json();
        let count = |item: &serde_json::Value| {
            (item["outcome"].as_str().unwrap().to_owned(), item["calls"].as_u64().unwrap())
        };
        let reported: BTreeMap<_, _> = report["items"].as_array().unwrap().iter().map(count).collect();
        assert!(reported.values().sum::<u64>() <= decided.values().sum(), "{reported:?}");
        (reported == *decided).then_some(())
    });
}

#[test]
fn each_decision_of_a_door_is_in_the_report_over_nats_and_without_it() {
    let story = Story::tell();
    let mut decided = BTreeMap::new();
    ask(&story, gate(&story.world, "gate").ready(), &mut decided);
    assert!(decided.len() > 10, "{decided:?}");
    is_reported(&story, &decided);

    let _worker = worker(&story.world);
    let url = story.world.nats.meter_url();
    ask(&story, gate_with(&story.world, "gate", &["--nats-meter-url", &url]).ready(), &mut decided);
    is_reported(&story, &decided);
}

#[test]
fn what_was_decided_while_nats_is_away_is_counted_when_the_door_is_stopped() {
    let story = Story::tell();
    let mut decided = BTreeMap::new();
    let url = story.world.nats.meter_url();
    let door = gate_with(&story.world, "gate", &["--nats-meter-url", &url]).ready();
    story.world.nats.kill9();
    ask(&story, door, &mut decided);
    is_reported(&story, &decided);
}
