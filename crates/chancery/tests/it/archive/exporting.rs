use std::fs;

use chancery_wire::{Recorded, audit::Tree};
use serde_json::Value;

use super::{export, files, filled, folder, run};
use crate::checks::log;

/// Why it failed.
#[track_caller]
fn refused(output: std::process::Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn add(tree: &mut Tree, events: &[Recorded]) {
    for event in events {
        tree.push(event.leaf_hash());
    }
}

#[test]
fn an_export_has_every_event_byte_for_byte() {
    let (world, ..) = filled();
    let events = log(&world);
    let (_temporary, folder) = folder();
    let manifest = export(&world, &folder, &["--compression", "none", "--events-per-file", "5"]);
    assert_eq!((&manifest["first"], &manifest["last"]), (&1.into(), &events.len().into()));
    assert_eq!((&manifest["count"], &manifest["complete"]), (&events.len().into(), &true.into()));
    let mut lines = String::new();
    for file in manifest["files"].as_array().unwrap() {
        lines += &fs::read_to_string(folder.join(file["name"].as_str().unwrap())).unwrap();
    }
    assert_eq!(lines.lines().count(), events.len());
    for (line, event) in lines.lines().zip(&events) {
        let data = std::str::from_utf8(&event.data).unwrap();
        assert!(line.ends_with(&format!(",\"data\":{data}}}")), "{line}");
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["position"], event.position.get());
        assert_eq!(line["event_id"], event.event_id.to_string());
        assert_eq!((&line["type"], &line["stream"]), (&(*event.event_type).into(), &(*event.stream).into()));
        assert_eq!(
            line["recorded_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap(),
            event.recorded_at
        );
        assert_eq!(line["key_tenant"], Value::from(event.key_tenant));
        assert_eq!(line["key_app"], Value::from(event.key_app.map(|id| id.to_string())));
    }
    let mut tree = Tree::default();
    add(&mut tree, &events);
    assert_eq!(manifest["root"], tree.root().to_string());
    assert_eq!((&manifest["before"], &manifest["checkpoint"]), (&serde_json::json!([]), &Value::Null));
    let commands = fs::read_to_string(folder.join("commands.ndjson")).unwrap();
    assert_eq!(manifest["commands"]["rows"], commands.lines().count());
}

#[test]
fn an_export_that_was_interrupted_goes_on() {
    let (world, server, cast, app) = filled();
    let (_one, whole) = folder();
    let (_two, broken) = folder();
    let options = ["--events-per-file", "4"];
    let head = export(&world, &whole, &options)["last"].as_u64().unwrap();
    // As it stands after a kill: some files, the manifest that knows of them, and a file that was not finished.
    export(&world, &broken, &options);
    let path = broken.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let lost = manifest["files"].as_array_mut().unwrap().split_off(2);
    for file in &lost {
        let name = file["name"].as_str().unwrap();
        fs::rename(broken.join(name), broken.join(format!("{name}.part"))).unwrap();
    }
    let mut tree = Tree::default();
    add(&mut tree, &log(&world)[..8]);
    manifest["count"] = 8.into();
    manifest["root"] = tree.root().to_string().into();
    manifest["peaks"] = tree.peaks().iter().map(ToString::to_string).collect();
    manifest["complete"] = false.into();
    manifest["commands"] = Value::Null;
    fs::write(&path, manifest.to_string()).unwrap();
    assert!(refused(run(&world, "import", &broken, &[])).contains("was interrupted"));
    // The log goes on meanwhile; the range is the one that was begun.
    server.send(&cast.generate_secret(&app)).expect(201);
    export(&world, &broken, &options);
    assert_eq!(files(&broken), files(&whole));
    // What is complete is left as it is.
    export(&world, &broken, &[]);
    assert_eq!(files(&broken), files(&whole));
    assert!(refused(run(&world, "export", &broken, &["--format", "csv"])).contains("another export"));
    assert!(refused(run(&world, "export", &broken, &["--from", "2"])).contains("another export"));
    let other = (head - 1).to_string();
    assert!(refused(run(&world, "export", &broken, &["--through", &other])).contains("another export"));
    // A file that is not as it was written is found out before anything is added to it.
    manifest["count"] = 8.into();
    fs::write(&path, manifest.to_string()).unwrap();
    let first = broken.join(manifest["files"][0]["name"].as_str().unwrap());
    fs::write(&first, "cut").unwrap();
    assert!(refused(run(&world, "export", &broken, &options)).contains("is not as it was written"));
}

#[test]
fn a_range_is_exported_as_csv_that_postgres_reads() {
    let (world, ..) = filled();
    let (_temporary, folder) = folder();
    let range = ["--from", "3", "--through", "9", "--format", "csv", "--compression", "none"];
    let manifest = export(&world, &folder, &range);
    assert_eq!(
        (&manifest["first"], &manifest["last"], &manifest["count"]),
        (&3.into(), &9.into(), &7.into())
    );
    let csv = fs::read(folder.join(manifest["files"][0]["name"].as_str().unwrap())).unwrap();
    let (columns, records) = csv.split_at(csv.iter().position(|byte| *byte == b'\n').unwrap());
    let columns = std::str::from_utf8(columns).unwrap();
    let copied = world.block_on(async {
        let client = crate::checks::client(&world).await;
        client.batch_execute("CREATE TEMP TABLE copied (LIKE events)").await.unwrap();
        let sink = client.copy_in(&format!("COPY copied ({columns}) FROM STDIN (FORMAT csv)")).await.unwrap();
        let mut sink = std::pin::pin!(sink);
        futures_util::SinkExt::send(&mut sink, std::io::Cursor::new(records[1..].to_vec())).await.unwrap();
        sink.finish().await.unwrap();
        let sql =
            "SELECT count(*) FROM copied JOIN events USING (position) WHERE copied::text = events::text";
        client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0)
    });
    assert_eq!(copied, 7);
    assert!(refused(run(&world, "import", &folder, &[])).contains("a log begins at 1"));
}

#[test]
fn a_range_that_the_log_does_not_have_is_refused() {
    let (world, ..) = filled();
    let (_temporary, folder) = folder();
    assert!(refused(run(&world, "export", &folder, &["--through", "1000"])).contains("the log ends at"));
    assert!(refused(run(&world, "export", &folder, &["--from", "1000"])).contains("before it begins"));
    assert_eq!(run(&world, "export", &folder, &["--from", "0"]).status.code(), Some(2));
}
