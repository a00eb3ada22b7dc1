//! Backups become logs again (docs/backup.md): of a dump, and of archived WAL up to a moment.

use std::{fs, path::Path, process::Command};

use async_nats::{Client, ConnectOptions, ServerAddr};
use chancery_devkit::{PgWanted, Postgres, PostgresOptions};
use chancery_sdk::{Api, Feed, FeedError, HttpLog, NoRepair};
use chancery_wire::{Position, Topology};
use serde_json::Value;
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    DEADLINE,
    archive::everything,
    call::Call,
    cast::{Cast, SCOPES},
    checks::{client, is_in_the_views, is_published, is_whole, log, reaches},
    command_line::{differs, printed},
    eventually,
    process::{Address, Server},
    sealing::execute,
    world::World,
};

fn done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn sql(world: &World, statements: &[&str]) {
    world.block_on(async {
        let client = client(world).await;
        for statement in statements {
            client.batch_execute(statement).await.unwrap();
        }
    });
}

#[test]
fn a_dump_is_restored_on_another_server() {
    let world = World::to_be_killed();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    let archive = tempfile::NamedTempFile::new().unwrap();
    let events = log(&world);
    is_in_the_views(&world, events.len());
    let before = everything(&world);
    // While the servers run; what comes after it is not in it.
    done(
        world
            .postgres()
            .tool("pg_dump")
            .args(["--format=custom", "--file"])
            .arg(archive.path())
            .arg("postgres"),
    );
    server.send(&cast.edit_scopes(&app, &SCOPES)).expect(200);

    let other = World::with_postgres(Postgres::start().unwrap());
    let roles =
        world.postgres().tool("pg_dumpall").args(["--roles-only", "--no-role-passwords"]).output().unwrap();
    let script = tempfile::NamedTempFile::new().unwrap();
    fs::write(script.path(), roles.stdout).unwrap();
    // `postgres` itself is there already, which psql passes over.
    done(other.postgres().tool("psql").args(["--quiet", "--file"]).arg(script.path()).arg("postgres"));
    let mut restore = other.postgres().tool("pg_restore");
    done(restore.args(["--exit-on-error", "--dbname=postgres"]).arg(archive.path()));
    assert_eq!(everything(&other), before);
    printed(other.run(&["migrate"]));
    let restored = other.serve(&Address::fresh());
    is_published(&other, &events);
    is_in_the_views(&other, events.len());
    // People are in a dump, other than in an export.
    let created = restored.send(&Call::get(format!("/v1/apps/{app}")).by(&cast.developer)).expect(200).json();
    assert_eq!(created["created_by"]["name"], "Name of mia");
    restored.send(&cast.edit_scopes(&app, &SCOPES)).expect(200);
}

/// A server that archives its WAL.
fn archiving() -> (World, String) {
    let world = World::to_be_killed();
    let archive = world.postgres().folder("archive").unwrap().display().to_string();
    sql(
        &world,
        &[
            "ALTER SYSTEM SET archive_mode = on",
            &format!("ALTER SYSTEM SET archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f'"),
        ],
    );
    world.postgres().stop();
    world.postgres().start_again().unwrap();
    (world, archive)
}

/// A copy of the server's files, taken while it runs; where it is.
fn base_backup(postgres: &Postgres) -> std::path::PathBuf {
    let folder = postgres.folder("restored").unwrap();
    let data = folder.join(format!("postgres-{}", postgres.binaries().major()));
    let mut backup = postgres.tool_as_server("pg_basebackup");
    done(backup.args(["--wal-method=none", "--no-manifest", "--checkpoint=fast", "--pgdata"]).arg(&data));
    fs::write(data.join("recovery.signal"), "").unwrap();
    folder
}

/// Another server that replays the archive up to a named moment.
fn restored(folder: &Path, archive: &str, moment: &str) -> Postgres {
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let options = PostgresOptions {
        wanted: PgWanted::from_env().unwrap(),
        keep_in: Some(folder.to_owned()),
        settings: vec![
            setting("restore_command", &format!("cp {archive}/%f %p")),
            setting("recovery_target_name", moment),
            setting("recovery_target_action", "promote"),
            setting("archive_mode", "off"),
        ],
        ..PostgresOptions::default()
    };
    Postgres::start_with(options).unwrap()
}

#[test]
fn a_log_that_was_set_back_is_refused_by_the_relay_and_gets_another_id() {
    let (world, archive) = archiving();
    let mut server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    let folder = base_backup(&world.postgres());
    server.send(&cast.edit_scopes(&app, &SCOPES)).expect(200);
    let kept = log(&world);
    sql(&world, &["SELECT pg_create_restore_point('before the mistake')"]);
    let mistake =
        server.send(&Call::delete(format!("/v1/apps/{app}")).by(&cast.developer)).expect(200).position();
    reaches(&world, mistake);
    let consumer = follow(&world, None, Position::START);
    assert_eq!(consumer.position().get(), mistake);
    let old = consumer.log_id().unwrap();
    server.kill9();
    // A server that stops archives what it has.
    sql(&world, &["SELECT pg_switch_wal()"]);
    world.postgres().stop();

    let other = world.beside(restored(&folder, &archive, "before the mistake"));
    assert_eq!(log(&other), kept);
    let mut server = other.serve_with(&Address::fresh(), |_| ());
    let report = refused(&server);
    assert!(report.contains("--new-log-id") && report.contains("stream_ahead_of_log"), "{report}");
    let status = differs(other.run(&["relay", "status", "--output", "json"]), "stream_ahead_of_log");
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(
        (&status["verdict"], &status["log_id"]),
        (&"stream_ahead_of_log".into(), &old.to_string().into())
    );
    // Commands do not wait for NATS: the log goes on, and the stream is of another history now.
    eventually("the log is open", || {
        let edit = cast.edit_scopes(&app, &SCOPES[..1]);
        (server.send(&edit).status == 200).then_some(())
    });
    // Views follow it, and not what the stream still tells of the mistake.
    let events = log(&other);
    is_in_the_views(&other, events.len());
    let reset = ["relay", "reset", "--new-log-id", "--output", "json"];
    let early = other.run(&reset);
    assert_eq!(early.status.code(), Some(1));
    let said = String::from_utf8(early.stderr).unwrap();
    assert!(said.contains("servers use this database: stop them first"), "{said}");
    server.kill9();

    let report = eventually("nobody is connected any more", || {
        let output = other.run(&reset);
        output.status.success().then(|| serde_json::from_slice::<Value>(&output.stdout).unwrap())
    });
    let new: Uuid = report["log_id"].as_str().unwrap().parse().unwrap();
    assert_ne!(new, old);
    assert_eq!(report["stream_log_id"], report["log_id"]);
    let server = other.serve(&Address::fresh());
    let events = log(&other);
    is_whole(&events);
    assert!(events.starts_with(&kept) && events.len() == kept.len() + 1);
    is_published(&other, &events);
    is_in_the_views(&other, events.len());
    // A consumer that kept its place is told, by the stream and by the API; one that begins anew has all.
    let told = other.block_on(async {
        let mut feed = feed(&other, Some(old), consumer.position()).await;
        timeout(DEADLINE, feed.next()).await.unwrap().unwrap_err()
    });
    assert!(
        matches!(told, FeedError::OtherLog { expected, found } if (expected, found) == (old, new)),
        "{told}"
    );
    let ahead = Call::get(format!("/v1/apps/{app}")).by(&cast.developer).at_least(mistake + 1000);
    server.send(&ahead).problem(400, "position_unknown");
    assert_eq!(follow(&other, Some(new), Position::START).position().get(), events.len() as u64);
}

#[test]
fn a_feed_that_had_read_what_a_restored_log_does_not_have_says_so() {
    let world = World::new();
    let address = Address::fresh();
    let server = world.serve(&address);
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    let lost = server.send(&cast.edit_scopes(&app, &SCOPES)).expect(200).position();
    is_published(&world, &log(&world));
    let api = Api::new(&server.url, &cast.consumer.token).unwrap();
    let (mut alone, mut beside) = world.block_on(async {
        let (client, topology) = (reader(&world).await, Topology::default());
        let log = HttpLog::beside(api.clone(), client.clone(), &topology);
        let beside = Feed::open(client, topology, Position::START, log);
        (Feed::without_stream(Position::START, HttpLog::new(api)), beside)
    });
    for feed in [&mut alone, &mut beside] {
        reads(&world, feed, lost);
    }
    drop(server);
    let kept = lost - 1;
    execute(
        &world,
        &format!("DELETE FROM events WHERE position > {kept}; UPDATE head SET position = {kept}"),
    );
    let roles = ["--role", "api", "--role", "relay"];
    let server = world.serve_with(&address, |command| _ = command.args(roles));
    // Its stream still has what is lost.
    refused(&server);
    for feed in [&mut alone, &mut beside] {
        for _ in 0..2 {
            let told = world.block_on(async { timeout(DEADLINE, feed.next()).await }).unwrap().unwrap_err();
            let FeedError::CutOff { position, head } = told else { panic!("{told}") };
            assert_eq!((position.get(), head.get()), (lost, kept));
            assert_eq!(feed.position(), position);
        }
    }
}

/// Takes what the feed hands out up to there.
fn reads(world: &World, feed: &mut Feed<HttpLog>, through: u64) {
    while feed.position().get() < through {
        world.block_on(async { timeout(DEADLINE, feed.next()).await }).unwrap().unwrap();
    }
}

/// What the server says while its relay refuses to publish.
fn refused(server: &Server) -> String {
    eventually("the relay looks at the stream", || {
        let ready = Call::get("/readyz").send(&crate::call::agent(), &server.ops_url).ok()?;
        ready.text.contains("stream_ahead_of_log").then_some(ready.text)
    })
}

async fn reader(world: &World) -> Client {
    let address: ServerAddr = world.nats.reader_url().parse().unwrap();
    let (user, password) = (address.username().unwrap(), address.password().unwrap());
    let options = ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned());
    options.connect(address).await.unwrap()
}

async fn feed(world: &World, log_id: Option<Uuid>, after: Position) -> Feed<NoRepair> {
    let feed = Feed::open(reader(world).await, Topology::default(), after, NoRepair);
    match log_id {
        Some(log_id) => feed.of_log(log_id),
        None => feed,
    }
}

/// A consumer that has read everything.
fn follow(world: &World, log_id: Option<Uuid>, after: Position) -> Feed<NoRepair> {
    let head = log(world).len() as u64;
    world.block_on(async {
        let mut feed = feed(world, log_id, after).await;
        while feed.position().get() < head {
            timeout(DEADLINE, feed.next()).await.unwrap().unwrap();
        }
        feed
    })
}
