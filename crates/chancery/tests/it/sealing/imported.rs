//! A sealed log that was exported and imported elsewhere is the same to whoever verifies, reads or decides by it.

use std::path::Path;

use chancery_gate::{Gate, Settings};
use chancery_journal::Journal;
use chancery_views::{Dump, dump};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{execute, fill, findings, run, sealed, sealer, verify};
use crate::{
    archive::{command_each, everything, export, files},
    checks::{client, is_in_the_views, log},
    command_line::{json as printed_json, printed},
    doors::{
        story::Story,
        table::{cases, status},
        ways::{Door as _, Pure},
    },
    eventually,
    process::Address,
    world::World,
};

/// The log of the export, in a database of its own.
fn imported(folder: &Path) -> World {
    let world = World::new();
    printed(run(&world, &["import", folder.to_str().unwrap()]));
    world
}

/// The checkpoint of so many events.
fn note(world: &World, size: i64) -> String {
    let sql = "SELECT note FROM seals WHERE size = $1";
    world.block_on(async { client(world).await.query_one(sql, &[&size]).await.unwrap().get(0) })
}

#[test]
fn an_imported_log_is_what_the_originals_witness_saw_and_is_sealed_as_the_original_was() {
    let (world, temporary) = (World::new(), TempDir::new().unwrap());
    let witness = format!("file:{}", temporary.path().join("witness").display());
    fill(&world, 47);
    sealed(&world, &sealer(&world, Some(&witness)).ready(), 47);
    command_each(&world);
    let original = verify(&world, &["--witness", &witness]);
    assert_eq!((&original["as_sealed"], &original["witnessed"]), (&json!(true), &json!(5)));
    let prove = ["prove", "--position", "17"];
    let lead = ["consistency", "--from", "10", "--to", "47"];
    let proofs = [&prove[..], &lead].map(|proof| printed(run(&world, proof)));
    let folder = temporary.path().join("export");
    export(&world, &folder, &["--events-per-file", "20"]);

    // Checkpoints stay where they are. The witness vouches for the events wherever these went.
    let other = imported(&folder);
    let report = verify(&other, &["--witness", &witness]);
    assert_eq!((&report["sealed"], &report["witnessed"]), (&json!(0), &json!(5)));
    assert_eq!((&report["as_sealed"], &report["root"]), (&json!(true), &original["root"]));
    execute(
        &other,
        "CREATE TABLE original AS TABLE events; UPDATE events SET data = '{}' WHERE position = 25",
    );
    let differs = |size: u64| json!({"kind": "witness", "size": size});
    assert_eq!(findings(&verify(&other, &["--witness", &witness])), [30, 40, 47].map(differs));
    execute(&other, "TRUNCATE events; INSERT INTO events SELECT * FROM original; DROP TABLE original");

    // The witness takes the imported log for the one that it knows.
    let server = sealer(&other, Some(&witness)).ready();
    sealed(&other, &server, 47);
    assert_eq!(note(&other, 47), note(&world, 47));
    assert_eq!([&prove[..], &lead].map(|proof| printed(run(&other, proof))), proofs);
    let again = temporary.path().join("again");
    export(&other, &again, &["--events-per-file", "20"]);
    assert!(files(&again) == files(&folder), "an export of it is the export that it was made of");
    fill(&other, 5);
    sealed(&other, &server, 52);
    drop(server);
    assert_eq!(findings(&verify(&other, &["--witness", &witness])), [Value::Null; 0]);

    // From here on the original is another log, which the witness has not seen.
    fill(&world, 8);
    let server = sealer(&world, Some(&witness));
    eventually("the sealer refuses", || {
        let ready = server.readiness()?;
        (ready.status == 503 && ready.text.contains("does not begin with what it saw")).then_some(())
    });
    drop(server);

    // A copy with an id of its own is a log of its own, to the same witness too.
    let copy = World::new();
    printed(run(&copy, &["import", folder.to_str().unwrap(), "--new-log-id"]));
    sealed(&copy, &sealer(&copy, Some(&witness)).ready(), 47);
    let report = verify(&copy, &["--witness", &witness]);
    assert_eq!((&report["as_sealed"], &report["witnessed"]), (&json!(true), &json!(5)), "{report:#}");
}

/// What readers see of every projection, and the digests of its rows and of what it was given.
fn seen(world: &World) -> Vec<(String, Dump, Vec<String>)> {
    let sql = "SELECT projection, schema_name, ARRAY[sum(rows), sum(rows_digest), sum(events), sum(events_digest)]::text[] \
               FROM projection_pointers JOIN projection_shards USING (schema_name) \
               GROUP BY projection, schema_name ORDER BY projection";
    world.block_on(async {
        let mut client = client(world).await;
        let mut seen = Vec::new();
        for row in client.query(sql, &[]).await.unwrap() {
            seen.push((row.get(0), dump(&mut client, row.get(1)).await.unwrap(), row.get(2)));
        }
        seen
    })
}

/// The gate that the log folds into.
fn folded(world: &World) -> Gate {
    let mut gate = Gate::new(Settings::default());
    for event in log(world) {
        gate.apply(&event).unwrap();
    }
    gate
}

/// Everything that it decides by, in some order.
fn lines(world: &World, gate: &Gate) -> Vec<String> {
    let log_id =
        world.block_on(async { Journal::open(&world.url(), 1).unwrap().head().await.unwrap().log_id });
    let text: Vec<u8> = gate.snapshot().lines(log_id).flatten().collect();
    let mut lines: Vec<_> = String::from_utf8(text).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn an_imported_log_verifies_is_seen_and_decides_like_the_sealed_original() {
    let (story, temporary) = (Story::tell(), TempDir::new().unwrap());
    let world = &story.world;
    let head = log(world).len();
    let witness = format!("file:{}", temporary.path().join("witness").display());
    sealed(world, &sealer(world, Some(&witness)).ready(), head as u64);
    is_in_the_views(world, head);
    let folder = temporary.path().join("export");
    export(world, &folder, &[]);

    let other = imported(&folder);
    assert_eq!(everything(&other), everything(world));
    let [report, original] = [&other, world].map(|world| verify(world, &["--witness", &witness]));
    assert_eq!((&report["as_sealed"], &report["root"]), (&json!(true), &original["root"]));
    assert!(
        report["witnessed"].as_u64() > Some(1) && report["witnessed"] == original["witnessed"],
        "{report:#}"
    );

    let (gate, theirs) = (folded(&other), folded(world));
    assert_eq!(lines(&other, &gate), lines(world, &theirs));
    let mut door = Pure::with(&story, gate);
    for case in &cases(&story) {
        if let Some(decided) = door.decide(case) {
            assert_eq!(decided, (case.outcome.to_owned(), status(case.outcome)), "{}", case.name);
        }
    }

    sealed(&other, &sealer(&other, Some(&witness)).ready(), head as u64);
    let size = i64::try_from(head).unwrap();
    assert_eq!(note(&other, size), note(world, size));

    let _server = other.serve(&Address::fresh());
    is_in_the_views(&other, head);
    let rows = seen(world);
    assert_eq!(rows.len(), chancery_views::all().len());
    assert_eq!(seen(&other), rows);
    for (name, ..) in &rows {
        let run =
            |command: &str| printed_json(other.run(&["projections", command, name, "--output", "json"]));
        assert_eq!(run("verify")["state"], "equal", "{name}");
        assert_eq!(run("rebuild")["state"], "promoted", "{name}");
    }
    for (rebuilt, original) in seen(&other).iter().zip(&rows) {
        assert_eq!((&rebuilt.0, &rebuilt.1), (&original.0, &original.1));
    }
}
