//! Postgres may come later than the server.

use crate::{
    call::{Call, agent},
    cast::Cast,
    checks::client,
    command_line::failed,
    eventually,
    process::{Address, Server},
    workers::dependency,
    world::World,
};

/// What the server says of the log's database, once it tried in vain.
fn waits(server: &Server) {
    eventually("it says what it waits for", || {
        let ready = server.readiness()?;
        let log = dependency(server, "log");
        (ready.status == 503 && log["detail"]["state"] == "waiting" && log["detail"]["error"].is_string())
            .then_some(())
    });
    assert_eq!(server.ops("/healthz").status, 200);
    assert_eq!(server.ops("/metrics").status, 200);
    eventually("it logs that it waits", || server.log().contains("waits for it").then_some(()));
}

#[test]
fn a_server_that_starts_before_postgres_says_so_and_is_ready_when_it_comes() {
    let world = World::to_be_killed();
    world.postgres().stop();
    let server = world.serve_with(&Address::fresh(), |_| ());
    waits(&server);
    assert!(Call::get("/v1/apps").send(&agent(), &server.url).is_err(), "nobody is let in yet");
    world.postgres().start_again().unwrap();
    let server = server.ready();
    Cast::new(&world, &server).connected_app(&server);
    assert_eq!(dependency(&server, "log")["ok"], true);
}

#[test]
fn a_server_that_waits_for_postgres_may_be_stopped() {
    let world = World::to_be_killed();
    world.postgres().stop();
    let server = world.serve_with(&Address::fresh(), |_| ());
    waits(&server);
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_server_that_starts_behind_a_lock_of_the_log_may_be_stopped() {
    let world = World::to_be_killed();
    let administrator = world.block_on(client(&world));
    world.block_on(administrator.batch_execute("BEGIN; LOCK TABLE head")).unwrap();
    let server = world.serve_with(&Address::fresh(), |_| ());
    eventually("the server stands behind the lock", || {
        let waits = "SELECT FROM pg_locks WHERE NOT granted AND relation = 'head'::regclass";
        (!world.block_on(administrator.query(waits, &[])).unwrap().is_empty()).then_some(())
    });
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn what_waiting_does_not_mend_ends_the_server_at_once() {
    let world = World::to_be_killed();
    let (url, postgres) = (world.url(), world.postgres().port());
    let serve = ["serve", "--ops-listen", "127.0.0.1:0"];
    for (url, says) in [
        ("postgres://nobody".to_owned() + "@:port", "the database URL is not usable"),
        (
            format!("postgres://postgres:hunter2@127.0.0.1:{postgres}/postgres"),
            "logging in to the log's database",
        ),
        (format!("{url}-of-others"), "logging in to the log's database"),
    ] {
        let said = failed(world.command(&serve).env("DATABASE_URL", &url).output().unwrap(), 1);
        assert!(said.contains(says), "{url}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}
