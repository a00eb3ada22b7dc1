//! Imports whose process is killed: the log is empty, or it is the log.

use std::{fs, io::Write as _, path::Path, sync::Arc};

use tokio_postgres::{Client, NoTls};

use super::{Running, command_each, everything, export, folder, pipe, run};
use crate::{
    checks::client,
    command_line::{failed, json, printed},
    eventually,
    sealing::fill,
    world::World,
};

/// Many blocks of what is sent to Postgres are in the first file: the last ones wait with the import.
const EVENTS: u64 = 16_000;
const OPTIONS: [&str; 4] = ["--compression", "none", "--events-per-file", "15000"];

fn import(world: &World, folder: &Path) -> Running {
    Running::start(&mut world.command(&["log", "import", folder.to_str().unwrap()]))
}

/// Somebody who is none of our servers.
fn stranger(world: &World) -> Client {
    world.block_on(async {
        let (client, connection) = tokio_postgres::connect(&world.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    })
}

fn run_as(world: &World, client: &Client, sql: &str) {
    world.block_on(async { client.batch_execute(sql).await.unwrap() });
}

fn is(world: &World, client: &Client, sql: &str) -> Option<()> {
    world.block_on(async { client.query_one(sql, &[]).await.unwrap().get::<_, bool>(0) }).then_some(())
}

/// Whether the import waits for somebody, in a statement like this.
fn waits(statement: &str) -> String {
    format!(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
         AND application_name = 'chancery-import' AND query LIKE '{statement}%')"
    )
}

/// Nothing of it is there, and to whoever verifies, nothing claims to be.
#[track_caller]
fn is_empty(world: &World) {
    let [events, commands, head] = everything(world);
    assert!(events.is_empty() && commands.is_empty() && head[0].contains(",0,"), "{head:?}");
    assert_eq!(json(world.run(&["log", "verify", "--output", "json"]))["events"], 0);
}

/// Waits until no process of ours has a session.
fn nobody_is_there(world: &World, client: &Client) {
    let nobody = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                  AND application_name LIKE 'chancery%')";
    eventually("nobody is there", || is(world, client, nobody));
}

#[test]
fn an_import_that_is_killed_leaves_nothing_or_the_log() {
    let (world, other) = (World::new(), World::new());
    fill(&world, EVENTS);
    command_each(&world);
    let (_temporary, folder) = folder();
    let manifest = export(&world, &folder, &OPTIONS);
    let [watcher, holder] = [stranger(&other), stranger(&other)];

    // In the middle of the events: of the second file, only a part ever comes.
    let second = folder.join(manifest["files"][1]["name"].as_str().unwrap());
    let events = fs::read(&second).unwrap();
    fs::remove_file(&second).unwrap();
    pipe(&second);
    let mut end = fs::File::options().read(true).write(true).open(&second).unwrap();
    end.write_all(&events[..10_000]).unwrap();
    let mut running = import(&other, &folder);
    eventually("events are written", || {
        running.is_at_work();
        let written = "SELECT coalesce(max(tuples_processed), 0) > 0 FROM pg_stat_progress_copy \
                       WHERE datname = current_database() AND relid = 'events'::regclass";
        is(&other, &watcher, written)
    });
    is_empty(&other);
    running.kill9();
    nobody_is_there(&other, &watcher);
    is_empty(&other);
    nobody_is_there(&other, &watcher);
    fs::remove_file(&second).unwrap();
    fs::write(&second, events).unwrap();

    // When everything is written, and not yet committed.
    let hold = "BEGIN; LOCK TABLE projection_control IN ACCESS EXCLUSIVE MODE";
    let waits_before = waits("INSERT INTO public.projection_control");
    run_as(&other, &holder, hold);
    let mut running = import(&other, &folder);
    eventually("everything is written", || {
        running.is_at_work();
        is(&other, &watcher, &waits_before)
    });
    is_empty(&other);
    running.kill9();
    run_as(&other, &holder, "ROLLBACK");
    nobody_is_there(&other, &watcher);
    is_empty(&other);
    nobody_is_there(&other, &watcher);

    // When it is committed, and nobody was told: somebody gets hold of the events before they are analysed.
    let next = Arc::new(stranger(&other));
    run_as(&other, &holder, hold);
    let mut running = import(&other, &folder);
    eventually("everything is written", || {
        running.is_at_work();
        is(&other, &watcher, &waits_before)
    });
    let waiting = next.clone();
    let lock = "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE";
    let holding = other.spawn(async move { waiting.batch_execute(lock).await.unwrap() });
    let queued = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'events'::regclass)";
    eventually("somebody waits for the events", || is(&other, &watcher, queued));
    run_as(&other, &holder, "ROLLBACK");
    other.block_on(holding).unwrap();
    eventually("it is committed", || {
        running.is_at_work();
        is(&other, &watcher, &waits("ANALYZE"))
    });
    running.kill9();
    run_as(&other, &next, "ROLLBACK");
    nobody_is_there(&other, &watcher);
    // But for the head's time, which whoever filled the log left as it was.
    assert!(everything(&other)[..2] == everything(&world)[..2], "it is the log");
    let [there, here] = [&other, &world].map(|world| json(world.run(&["log", "verify", "--output", "json"])));
    assert_eq!((&there["as_sealed"], &there["root"]), (&here["as_sealed"], &here["root"]));
    assert!(failed(run(&other, "import", &folder, &[]), 1).contains("the log is not empty"));
}

#[test]
fn a_server_that_comes_during_an_import_keeps_it_from_ending() {
    let (world, other) = (World::new(), World::new());
    fill(&world, 5);
    let (_temporary, folder) = folder();
    export(&world, &folder, &[]);
    let [watcher, holder] = [stranger(&other), stranger(&other)];
    run_as(&other, &holder, "BEGIN; LOCK TABLE projection_control IN ACCESS EXCLUSIVE MODE");
    let mut running = import(&other, &folder);
    eventually("it waits", || {
        running.is_at_work();
        is(&other, &watcher, &waits("INSERT INTO public.projection_control"))
    });
    // As a server connects, which finds an empty log.
    let server = other.block_on(client(&other));
    run_as(&other, &holder, "ROLLBACK");
    let (status, said) = running.ended();
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("servers use this database"), "{said}");
    drop(server);
    is_empty(&other);
    nobody_is_there(&other, &watcher);
    printed(run(&other, "import", &folder, &[]));
    assert_eq!(everything(&other)[0], everything(&world)[0]);
}
