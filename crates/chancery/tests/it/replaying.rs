//! `chancery replay`: from the database and from exports, against what readers see; and what is left where it is ended.

use std::{fs, process::Output};

use chancery_journal::Journal;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::{
    archive::{export, folder},
    cast::{Cast, SCOPES},
    checks::{client, is_in_the_views, log},
    command_line::{differs, failed, json as printed_json, printed},
    eventually,
    process::Address,
    text::redacted,
    world::World,
};

const NAMES: [&str; 6] = ["apps", "versions", "connections", "directory", "access_requests", "networks"];
const NOT_THE_LOG: &str = "not what the log says";

/// A log with some history, all of which readers see, and nobody who would go on; the app's id.
fn standing() -> (World, String) {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    server.send(&cast.edit_scopes(&app, &SCOPES)).expect(200);
    server.send(&cast.upgrade(&app, 2)).expect(200);
    server.send(&cast.generate_secret(&app)).expect(201);
    is_in_the_views(&world, log(&world).len());
    server.terminate();
    assert!(server.ended().success());
    (world, app)
}

fn replay(world: &World, arguments: &[&str]) -> Output {
    world.run(&[&["replay"], arguments].concat())
}

/// As the database's superuser; `{live}` is the schema that readers see of the projection.
pub(crate) fn change(world: &World, projection: &str, sql: &str) {
    world.block_on(async {
        let client = client(world).await;
        let pointer = "SELECT schema_name FROM projection_pointers WHERE projection = $1";
        let live: String = client.query_one(pointer, &[&projection]).await.unwrap().get(0);
        client.batch_execute(&sql.replace("{live}", &live)).await.unwrap();
    });
}

/// Scratch builds whose schemas are there, or that are known without.
fn scratches(world: &World) -> Vec<String> {
    let sql = "SELECT schema_name FROM projection_builds WHERE phase = 'scratch' AND kept_until IS NULL \
               UNION SELECT nspname FROM pg_namespace n WHERE nspname LIKE 'view\\_%' \
                   AND NOT EXISTS (SELECT FROM projection_builds b WHERE b.schema_name = n.nspname) ORDER BY 1";
    world.block_on(async {
        let rows = client(world).await.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    })
}

/// The position of the first event of this type.
fn first(world: &World, event_type: &str) -> u64 {
    let log = log(world);
    log.iter().find(|event| event.event_type == event_type).unwrap().position.get()
}

#[test]
fn what_readers_see_is_what_the_log_says() {
    let (world, _) = standing();
    let head = log(&world).len();
    let all = printed_json(replay(&world, &["--output", "json"]));
    let names: Vec<_> =
        all.as_array().unwrap().iter().map(|one| one["projection"].as_str().unwrap()).collect();
    assert_eq!(names, NAMES);
    for one in all.as_array().unwrap() {
        assert_eq!((&one["position"], &one["comparison"]["equal"]), (&json!(head), &json!(true)), "{one:#}");
    }
    insta::assert_snapshot!("replay", without_builds(&printed(replay(&world, &["--compare"]))));
    assert_eq!(scratches(&world), [""; 0]);
    let said = failed(replay(&world, &["nothing"]), 2);
    assert!(said.starts_with("error: invalid value 'nothing'") && said.contains("versions"), "{said}");
}

#[test]
fn an_update_that_readers_do_not_see_is_named() {
    let (world, app) = standing();
    let undo = format!("UPDATE {{live}}.connection SET granted_version = 1 WHERE app_id = '{app}'");
    change(&world, "connections", &undo);
    let upgraded = first(&world, "VersionUpgraded");
    let found: Value =
        serde_json::from_str(&differs(replay(&world, &["connections", "--output", "json"]), NOT_THE_LOG))
            .unwrap();
    let comparison = &found["comparison"];
    assert_eq!(comparison["first_diverging"]["position"], upgraded, "{found:#}");
    let table = |name: &str| {
        let tables = comparison["tables"].as_array().unwrap();
        tables.iter().find(|table| table["table"] == name).unwrap()
    };
    let row = &table("connection")["rows"][0];
    assert_eq!(row["key"]["app_id"], app);
    let column = &row["columns"][0];
    assert_eq!(
        (&column["column"], &column["live"], &column["fold"]),
        (&json!("granted_version"), &json!(1), &json!(2))
    );
    assert_eq!(column["diverges"]["type"], "VersionUpgraded");
    assert_eq!((&table("app")["equal"], &comparison["changed_by_others"]), (&json!(true), &json!(true)));

    let edited = first(&world, "ScopesEdited");
    change(&world, "versions", "DELETE FROM {live}.app_version WHERE version = 2");
    let table = differs(replay(&world, &["--rows", "1"]), NOT_THE_LOG);
    assert!(table.contains(&format!("{edited} ScopesEdited")), "{table}");
    insta::assert_snapshot!("replay_differs", without_builds(&table));
}

#[test]
fn a_shard_that_stands_past_the_logs_end_is_named() {
    let (world, _) = standing();
    let head = log(&world).len();
    let ahead =
        "UPDATE projection_shards SET position = position + 500 WHERE schema_name = '{live}' AND shard = 1";
    change(&world, "connections", ahead);
    let said = differs(replay(&world, &["connections"]), NOT_THE_LOG);
    let shard = format!("connections: shard 1 stands at {}, the log ends at {head}\n", head + 500);
    assert!(said.contains(&shard) && !said.contains("was given"), "{said}");
}

#[test]
fn a_table_that_only_one_side_has_is_a_difference_and_named() {
    let (world, _) = standing();
    let another = "SET ROLE chancery_views; ALTER TABLE {live}.app_version RENAME TO another; \
                   CREATE TABLE {live}.added (number bigint)";
    change(&world, "versions", another);
    // Nobody else may read this one.
    change(&world, "versions", "CREATE TABLE {live}.of_a_superuser (number bigint)");
    let said = differs(replay(&world, &["versions"]), NOT_THE_LOG);
    for line in [
        "versions: readers see a table of_a_superuser, which nothing in the log fills",
        "versions: readers see a table added, which nothing in the log fills",
        "versions: readers see a table another, which nothing in the log fills",
        "versions: readers see no table app_version, which the log fills",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}: {said}");
    }
}

#[test]
fn the_past_is_folded_and_not_compared() {
    let (world, _) = standing();
    let events = log(&world);
    let edited = first(&world, "ScopesEdited");
    let before = (edited - 1).to_string();
    let versions = |to: &str| printed_json(replay(&world, &["versions", "--to", to, "--output", "json"]));
    let past = versions(&before);
    assert_eq!((&past["comparison"], &past["tables"][0]["rows"]), (&Value::Null, &json!(1)), "{past:#}");
    assert!(past["not_compared"].as_str().unwrap().contains("kept nowhere but in the log"), "{past:#}");
    let time = events[usize::try_from(edited).unwrap() - 1].recorded_at.to_string();
    let then = versions(&time);
    assert!(then["position"].as_u64() >= Some(edited) && then["tables"][0]["rows"] == 2, "{then:#}");
    // No version came since, so what readers see is what it was then.
    assert_eq!(versions(&edited.to_string())["comparison"]["equal"], true);
    let said = failed_after_printing(replay(&world, &["versions", "--to", &before, "--compare"]));
    assert!(said.contains("versions was not compared: what readers see stands at"), "{said}");
    for to in ["1000000", "2100-01-01T00:00:00Z"] {
        let said = failed(replay(&world, &["versions", "--to", to]), 1);
        assert!(said.starts_with("chancery: --to: "), "{said}");
    }
    failed(replay(&world, &["--to", "yesterday"]), 2);

    let kept = printed_json(replay(&world, &["versions", "--to", &before, "--keep", "--output", "json"]));
    let kept = kept["kept"].as_str().unwrap();
    printed(replay(&world, &[]));
    change(&world, "versions", &format!("SELECT app_id FROM {kept}.app_version"));
}

/// Why it failed, though it printed what it had.
#[track_caller]
fn failed_after_printing(output: Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_export_is_folded_like_the_log_that_it_is_of() {
    let (world, app) = standing();
    let (_temporary, folder) = folder();
    export(&world, &folder, &["--events-per-file", "6"]);
    let from = |what: &str| replay(&world, &["--from-export", what, "--compare", "--output", "json"]);
    let whole = folder.to_str().unwrap();
    for what in [whole, &format!("{whole}/manifest.json")] {
        let all = printed_json(from(what));
        assert!(all.as_array().unwrap().iter().all(|one| one["comparison"]["equal"] == true), "{all:#}");
    }
    // What the database's log says by now is not what the export said, and what readers see neither.
    change(
        &world,
        "apps",
        "SET session_replication_role = replica; \
         UPDATE events SET data = replace(data::text, 'Shared', 'Forged')::json WHERE type = 'AppCreated'; \
         UPDATE {live}.app SET name = 'Forged'",
    );
    let options = ["apps", "--from-export", whole, "--output", "json"];
    let found: Value = serde_json::from_str(&differs(replay(&world, &options), NOT_THE_LOG)).unwrap();
    let row = &found["comparison"]["tables"][0]["rows"][0];
    assert_eq!(
        (&row["key"]["app_id"], &row["columns"][0]["fold"]),
        (&json!(app), &json!("Shared")),
        "{found:#}"
    );
    assert_eq!(row["diverges"], Value::Null);

    let half = folder.with_file_name("half");
    let through = (log(&world).len() - 2).to_string();
    export(&world, &half, &["--through", &through]);
    let half = half.to_str().unwrap();
    let short = printed_json(replay(&world, &["apps", "--from-export", half, "--output", "json"]));
    assert_eq!(short["position"].to_string(), through);
    assert!(short["not_compared"].as_str().unwrap().contains("the export ends at"), "{short:#}");
    let beyond = log(&world).len().to_string();
    let said = failed(replay(&world, &["apps", "--from-export", half, "--to", &beyond]), 1);
    assert_eq!(said, format!("chancery: --to: the export ends at {through}, before {beyond}\n"));
}

#[test]
fn an_export_that_is_cut_damaged_or_of_another_log_is_refused() {
    let (world, _) = standing();
    let (_temporary, folder) = folder();
    export(&world, &folder, &["--compression", "none"]);
    let refused = |world: &World, folder: &std::path::Path| {
        let said = failed(replay(world, &["--from-export", folder.to_str().unwrap()]), 1);
        assert_eq!(scratches(world), [""; 0]);
        said
    };
    let cut = folder.with_file_name("cut");
    export(&world, &cut, &["--from", "3"]);
    let said = refused(&world, &cut);
    assert!(said.contains("begins at position 3: what was before is missing"), "{said}");
    assert!(refused(&world, folder.parent().unwrap()).contains("holds no export"));
    let other = World::new();
    // Databases of tests are copies of one.
    world.block_on(chancery_journal::renew_log_id(&other.url())).unwrap();
    let said = refused(&other, &folder);
    let mine = world.block_on(async { Journal::open(&world.url(), 1).unwrap().head().await.unwrap().log_id });
    assert!(said.contains(&format!("is an export of log {mine}, the database has log ")), "{said}");

    let events = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let events = events.filter(|path| path.to_str().unwrap().contains("events-")).max().unwrap();
    let text = fs::read_to_string(&events).unwrap();
    fs::write(&events, text.replacen("Shared", "Forged", 1)).unwrap();
    assert!(refused(&world, &folder).contains("its hash is not the one in the manifest"));
}

#[test]
fn whoever_ends_it_leaves_nothing_behind() {
    let (world, _) = standing();
    for signal in [Signal::INT, Signal::TERM, Signal::KILL] {
        // It waits in the midst of its work for what somebody else has locked.
        let [holder, watcher] = world.block_on(async { [client(&world).await, client(&world).await] });
        world.block_on(async {
            let pointer = "SELECT schema_name FROM projection_pointers WHERE projection = 'apps'";
            let live: String = holder.query_one(pointer, &[]).await.unwrap().get(0);
            let lock = format!("BEGIN; LOCK TABLE {live}.app IN ACCESS EXCLUSIVE MODE");
            holder.batch_execute(&lock).await.unwrap();
        });
        let mut replay = world.command(&["replay", "apps", "--keep"]);
        let mut replay = replay.stderr(std::process::Stdio::piped()).spawn().unwrap();
        eventually("it waits", || {
            let sql = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                       AND application_name = 'chancery/chancery_views' AND datname = current_database())";
            world
                .block_on(async { watcher.query_one(sql, &[]).await.unwrap().get::<_, bool>(0) })
                .then_some(())
        });
        assert_eq!(scratches(&world).len(), 1);
        kill_process(Pid::from_child(&replay), signal).unwrap();
        let status = eventually("it ends", || replay.try_wait().unwrap());
        if signal == Signal::KILL {
            drop(holder);
            eventually("the next one sweeps", || {
                printed(world.run(&["replay", "versions"]));
                scratches(&world).is_empty().then_some(())
            });
        } else {
            let said = std::io::read_to_string(replay.stderr.take().unwrap()).unwrap();
            assert_eq!(said, "chancery: replaying apps was interrupted; nothing of it is left\n");
            assert_eq!((status.code(), scratches(&world)), (Some(1), Vec::new()));
        }
    }
}

/// Builds are numbered as they are made.
fn without_builds(table: &str) -> String {
    let lines = table.lines().map(|line| {
        let words = line.split(' ').map(|word| match word.rsplit_once("_b") {
            Some((name, number)) if name.starts_with("view_") && number.parse::<u32>().is_ok() => "[build]",
            _ => word,
        });
        words.collect::<Vec<_>>().join(" ")
    });
    redacted(&(lines.collect::<Vec<_>>().join("\n") + "\n"))
}
