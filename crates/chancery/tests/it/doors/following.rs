//! The gate in process, and the feed that it follows, when what they follow goes away or is another one.

use std::time::Duration;

use super::{
    embedded::{Embedded, over_nats, settings},
    issuer::Issuer,
    players::Players,
    revoking::serve,
    story::{AUDIENCE, ISSUER, KEY, tenant::NORTH},
};
use crate::{call::Call, cast::Bearer, eventually, process::Address, world::World};
use chancery_journal::Journal;
use chancery_sdk::{Api, Feed, GateSettings, HttpLog, Topology};
use chancery_service::{
    connect::{Algorithm, Keys, MasterKey},
    sources::Sources,
};
use chancery_wire::Position;
use jiff::{SignedDuration, Timestamp};

fn platform(world: &World) -> Bearer {
    let create = ["token", "create", "--role", "platform", "--name", "First", "--output", "json"];
    Bearer::of(&serde_json::from_slice(&world.run(&create).stdout).unwrap())
}

/// What the gate says to a call that is in order but for the token.
fn code(door: &Embedded<'_>, app_key: &str, token: &str) -> String {
    let authorization = format!("Bearer {token}");
    let path = format!("/crm/v2/tenant/{NORTH}/customers");
    let asked = door.asked(&chancery_sdk::gate::Request {
        method: "GET",
        path: &path,
        environment: Some("production"),
        app_key: Some(app_key).into(),
        authorization: Some(&*authorization).into(),
    });
    asked.0
}

#[test]
fn a_feed_reads_over_http_what_the_log_has_byte_for_byte_with_nats_and_without() {
    let world = World::new();
    let server = serve(&world, &Address::fresh());
    let players = Players::gather(&server, platform(&world));
    let api = Api::new(&server.url, &players.gateway.token).unwrap();
    let settings = over_nats(&world);
    let nats = settings.nats.unwrap();
    players.app("Before");
    let mut feed = world.block_on(async {
        let log = HttpLog::beside(api, nats.client.clone(), &nats.topology);
        Feed::open(nats.client.clone(), Topology::default(), Position::START, log)
    });
    let mut read = Vec::new();
    let mut follow = |read: &mut Vec<_>| {
        let committed = world.block_on(async {
            Journal::open(&world.url(), 1).unwrap().read(Position::START, 10_000).await.unwrap()
        });
        while read.len() < committed.len() {
            let next = async { tokio::time::timeout(crate::DEADLINE, feed.next()).await };
            read.extend(world.block_on(next).expect("the events come").unwrap());
        }
        assert_eq!(*read, committed);
    };
    follow(&mut read);
    world.nats.kill9();
    players.app("While it is away");
    follow(&mut read);
    world.nats.start_again().unwrap();
    players.app("After it came back");
    follow(&mut read);
}

#[test]
fn a_gate_that_hears_nothing_of_the_log_refuses_until_it_does() {
    let world = World::new();
    let address = Address::fresh();
    let server = serve(&world, &address);
    let players = Players::gather(&server, platform(&world));
    let (app, key) = players.app("Main");
    let credential = players.connected(&app, NORTH);
    players.known();
    let token = players.issue(&credential, None);
    let soon = |settings| GateSettings { max_staleness: Duration::from_secs(2), ..settings };
    let start = |settings| Embedded::start(&world, &server.url, &players.gateway, settings);
    let doors = [start(soon(over_nats(&world))), start(soon(settings()))];
    let serving = start(GateSettings { serve_stale: true, ..soon(settings()) });
    let all = |expected: &str| {
        eventually(expected, || doors.iter().all(|door| code(door, &key, &token) == expected).then_some(()));
    };
    all("allowed");
    world.nats.stop();
    drop(server);
    all("gate_stale");
    eventually("it is as stale", || serving.gate.is_stale().then_some(()));
    assert_eq!(code(&serving, &key, &token), "allowed");
    world.nats.start_again().unwrap();
    let _server = serve(&world, &address);
    all("allowed");
}

#[test]
fn a_gate_begins_anew_when_the_log_is_another_one() {
    let world = World::new();
    let address = Address::fresh();
    let server = serve(&world, &address);
    let players = Players::gather(&server, platform(&world));
    let (app, key) = players.app("Main");
    let credential = players.connected(&app, NORTH);
    players.known();
    let token = players.issue(&credential, None);
    let start = |settings| Embedded::start(&world, &server.url, &players.gateway, settings);
    let doors = [start(over_nats(&world)), start(settings())];
    let all = |expected: &str| {
        eventually(expected, || doors.iter().all(|door| code(door, &key, &token) == expected).then_some(()));
    };
    all("allowed");
    let before = doors[0].gate.log_id();
    let (gateway, admin) = (players.gateway.clone(), players.admin.clone());
    drop(server);
    replace_log(&world);
    let server = serve(&world, &address);
    let copy = server.send(&Call::get("/v1/gate/snapshot").by(&gateway)).expect(200);
    let after = copy.header("Chancery-Log").unwrap().to_owned();
    assert_ne!(after, before.to_string());
    for door in &doors {
        eventually("it follows the other log", || (door.gate.log_id().to_string() == after).then_some(()));
    }
    all("allowed");
    let decide = Call::delete(format!("/v1/tenants/{NORTH}/production/connections/{app}"));
    server.send(&decide.by(&admin)).expect(200);
    all("token_cut_off");
}

/// As if it had been restored from a backup and gone on from there.
fn replace_log(world: &World) {
    world.block_on(async {
        let (sql, connection) = tokio_postgres::connect(&world.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        sql.batch_execute("UPDATE head SET log_id = gen_random_uuid()").await.unwrap();
    });
    let reset = world.run(&["relay", "reset"]);
    assert!(reset.status.success(), "{reset:?}");
}

/// The keys are rotated, as by a program with another clock.
fn rotate(world: &World, minutes: i64) {
    let clock = move || Timestamp::now() + SignedDuration::from_mins(minutes);
    let sources = Sources::new(clock, fastrand::fill);
    let rotated = async {
        let journal = Journal::open(&world.url(), 2).unwrap();
        Keys::rotate(journal, MasterKey::parse(KEY).unwrap(), &sources, Algorithm::Es256).await
    };
    world.block_on(rotated).unwrap();
}

#[test]
fn a_gate_looks_for_a_key_that_it_does_not_know_and_trusts_no_key_that_has_gone() {
    let world = World::new();
    // It makes the keys, an hour ago.
    let first = Issuer::open(&world, ISSUER, AUDIENCE, -3_600);
    let address = Address::fresh();
    let server = serve(&world, &address);
    let players = Players::gather(&server, platform(&world));
    let (app, key) = players.app("Main");
    let credential = players.connected(&app, NORTH);
    players.known();
    let of_first = players.issue(&credential, None);
    let door = Embedded::start(&world, &server.url, &players.gateway, settings());
    eventually("a token of the first key", || (code(&door, &key, &of_first) == "allowed").then_some(()));
    drop((first, server));

    // The second one signed for a while, and its successor does now.
    rotate(&world, -30);
    rotate(&world, 0);
    let _server = serve(&world, &address);
    let third = Issuer::open(&world, ISSUER, AUDIENCE, 0);
    let of_third = third.issue(&world, &credential);
    eventually("a token of the third key", || (code(&door, &key, &of_third) == "allowed").then_some(()));
    assert_eq!(code(&door, &key, &of_first), "token_invalid");
    assert_eq!(code(&door, &key, &format!("{of_third}x")), "token_invalid");
}
