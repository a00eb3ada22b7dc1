//! A server that is away, a credential that was not given, a stream that is another log's.

use async_nats::jetstream::stream::Config;
use chancery_wire::Topology;
use rustix::process::{Pid, Signal, kill_process};
use uuid::Uuid;

use super::examine;
use crate::{
    cast::Cast,
    checks::{connect, is_published, log},
    process::{Address, chancery},
    world::World,
};

#[test]
fn while_nats_is_away_everything_else_is_looked_at() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    Cast::new(&world, &server);
    world.nats.stop();
    let found = examine(&world, |_| ());
    assert_eq!((found.verdict("nats.server"), &*found.verdict), ("failure", "failure"));
    assert!(found.advice("nats.server").starts_with("start NATS"));
    for id in [
        "nats.users",
        "settings.stream",
        "clock.nats",
        "log.id",
        "positions.stream",
        "positions.usage",
        "disk.jetstream",
    ] {
        found.expect(id, "unknown", "left out: NATS is away");
    }
    for id in ["postgres.server", "grants.rights", "settings.fsync", "clock.postgres", "log.head"] {
        assert_eq!(found.verdict(id), "ok", "{:#}", found.check(id));
    }
}

#[test]
fn while_postgres_is_away_everything_else_is_looked_at() {
    let world = World::to_be_killed();
    let server = world.serve(&Address::fresh());
    Cast::new(&world, &server);
    is_published(&world, &log(&world));
    drop(server);
    world.postgres().kill9();
    let found = examine(&world, |command| {
        command.env("CHANCERY_NATS_MONITORING_URL", world.nats.monitoring_url());
    });
    assert_eq!((found.verdict("postgres.server"), &*found.verdict), ("failure", "failure"));
    let left_out = [
        "postgres.login",
        "postgres.migrations",
        "grants.rights",
        "settings.fsync",
        "settings.stream",
        "clock.postgres",
        "log.head",
        "log.id",
        "positions.stream",
        "positions.event_keys",
        "positions.parked",
        "positions.checkpoint",
        "disk.database",
        "disk.postgres",
    ];
    for id in left_out {
        found.expect(id, "unknown", "left out: Postgres is away");
    }
    for id in [
        "nats.server",
        "nats.users",
        "clock.nats",
        "positions.usage",
        "disk.jetstream",
        "settings.sync_interval",
    ] {
        assert_eq!(found.verdict(id), "ok", "{:#}", found.check(id));
    }
}

#[test]
fn a_postgres_that_takes_connections_and_stands_still_is_given_up() {
    let world = World::to_be_killed();
    let postmaster = world.postgres().pid().and_then(|pid| Pid::from_raw(pid.cast_signed())).unwrap();
    kill_process(postmaster, Signal::STOP).unwrap();
    let found = examine(&world, |_| ());
    kill_process(postmaster, Signal::CONT).unwrap();
    found.expect("postgres.server", "failure", "connecting to Postgres took longer than");
    found.expect("log.head", "unknown", "left out: Postgres is away");
    assert_eq!(found.verdict("nats.server"), "ok");
}

#[test]
fn what_was_not_named_is_left_out_by_name() {
    let output = chancery().arg("doctor").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "no database was named",
        "left out: no NATS was named",
        "CHANCERY_NATS_MONITORING_URL",
        "CHANCERY_OPS_URL",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }

    let world = World::new();
    let found = examine(&world, |command| {
        for variable in ["NATS_URL", "CHANCERY_NATS_USAGE_URL", "CHANCERY_NATS_METER_URL"] {
            command.env_remove(variable);
        }
    });
    found.expect("nats.users", "ok", "not named: NATS_URL, CHANCERY_NATS_METER_URL, CHANCERY_NATS_USAGE_URL");
    found.expect("positions.usage", "unknown", "neither CHANCERY_NATS_USAGE_URL nor NATS_URL was named");
    found.expect("positions.witness", "unknown", "no witness was named");
    found.expect("positions.stream", "failure", "there is no stream");
}

#[test]
fn a_user_that_does_not_get_in_is_told_and_the_others_are_asked() {
    let world = World::new();
    let wrong = world.nats.reader_url().replacen("reader:", "reader:not-", 1);
    let found = examine(&world, |command| {
        command.env("CHANCERY_NATS_READER_URL", &wrong);
    });
    found.expect("nats.users", "failure", "CHANCERY_NATS_READER_URL: connecting to NATS failed");
    assert_eq!(found.verdict("nats.server"), "ok");
}

#[test]
fn a_stream_of_another_log_is_a_failure_and_its_positions_say_nothing() {
    let world = World::new();
    let topology = Topology::default();
    let other = Uuid::now_v7();
    world.block_on(async {
        let config = Config {
            name: topology.stream.clone(),
            subjects: vec![topology.all_events()],
            metadata: [(Topology::LOG_ID_KEY.to_owned(), other.to_string())].into(),
            ..Config::default()
        };
        connect(&world.nats.relay_url()).await.create_stream(config).await.unwrap();
    });
    let found = examine(&world, |_| ());
    found.expect("log.id", "failure", &format!("of log {other}"));
    assert!(found.advice("log.id").contains("chancery relay reset"));
    found.expect("positions.stream", "unknown", "positions of another log");
    found.expect("settings.stream", "failure", "deny_purge is unset, and must be true");
}
