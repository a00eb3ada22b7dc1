use std::{fs, path::Path, process::Output};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{everything, export, filled, folder, run, sealed};
use crate::{
    call::{Call, without_secret},
    cast::SCOPES,
    checks::{client, is_in_the_views, is_published, log},
    command_line::{json, printed},
    process::Address,
    sealing::{SEED, fill, verified},
    world::World,
};

/// Why it failed; the log is as empty as before.
#[track_caller]
fn refused(empty: &World, folder: &Path) -> String {
    let output = run(empty, "import", folder, &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let [events, commands, head] = everything(empty);
    assert!(events.is_empty() && commands.is_empty() && head[0].contains(",0,"), "{head:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_imported_log_is_the_log_and_everything_follows_it() {
    let (world, mut server, cast, app) = filled();
    let secret = server.send(&cast.generate_secret(&app).key("shown-once")).expect(201);
    let unchanged = server.send(&cast.edit_scopes(&app, &SCOPES).key("again")).expect(200);
    server.kill9();
    let (_temporary, folder) = folder();
    export(&world, &folder, &["--events-per-file", "6"]);
    let other = World::new();
    let said = printed(run(&other, "import", &folder, &["--output", "json"]));
    let said: Value = serde_json::from_str(&said).unwrap();
    let events = log(&other);
    assert_eq!(said["position"], events.len());
    assert_eq!(everything(&other), everything(&world));

    let server = other.serve(&Address::fresh());
    is_published(&other, &events);
    is_in_the_views(&other, events.len());
    // Tokens are events, and answers to retries came along.
    let again = server.send(&cast.generate_secret(&app).key("shown-once")).expect(201);
    assert!(again.replayed());
    assert_eq!(again.json(), without_secret(secret.json()));
    let again = server.send(&cast.edit_scopes(&app, &SCOPES).key("again")).expect(200);
    assert!(again.replayed() && again.json() == unchanged.json());
    assert_eq!(log(&other).len(), events.len());
    // And it goes on.
    let next = server.send(&cast.edit_scopes(&app, &SCOPES[..2])).expect(200);
    assert_eq!(next.position(), events.len() as u64 + 1);
    let found = Call::get(format!("/v1/events?app={app}&type=ScopesEdited")).by(&cast.consumer);
    assert_eq!(server.send(&found).expect(200).json()["items"].as_array().unwrap().len(), 2);
}

#[test]
fn what_operators_did_to_the_projections_is_not_done_again_and_what_they_paused_stays_paused() {
    let (world, mut server, ..) = filled();
    for command in [
        &["rebuild", "versions"][..],
        &["verify", "networks"],
        &["pause", "directory"],
        &["resume", "directory"],
        &["pause", "apps"],
    ] {
        printed(world.run(&[&["projections"], command].concat()));
    }
    server.kill9();
    let (_temporary, folder) = folder();
    export(&world, &folder, &[]);
    let other = World::new();
    printed(run(&other, "import", &folder, &[]));

    let _server = other.serve(&Address::fresh());
    let last = other.run(&["projections", "pause", "connections", "--output", "json"]);
    assert_eq!(json(last)["state"], "paused");
    let found = json(other.run(&["projections", "list", "--output", "json"]));
    for one in found.as_array().unwrap() {
        let paused = one["name"] == "apps" || one["name"] == "connections";
        assert_eq!(one["state"] == "paused", paused, "{one:#}");
        assert_eq!((&one["rebuild"], &one["verification"]), (&Value::Null, &Value::Null), "{one:#}");
    }
    let resumed = json(other.run(&["projections", "resume", "apps", "--output", "json"]));
    assert_ne!(resumed["state"], "paused");
}

#[test]
fn csv_is_imported_as_well_and_may_become_another_log() {
    let (world, ..) = filled();
    let (_temporary, folder) = folder();
    export(&world, &folder, &["--format", "csv", "--compression", "none"]);
    let other = World::new();
    let said = printed(run(&other, "import", &folder, &["--new-log-id", "--output", "json"]));
    let said: Value = serde_json::from_str(&said).unwrap();
    let ([events, commands, head], [others, theirs, tail]) = (everything(&world), everything(&other));
    assert_eq!((events, commands), (others, theirs));
    assert_ne!(head, tail);
    assert!(tail[0].contains(said["log_id"].as_str().unwrap()));
}

#[test]
fn without_its_commands_a_log_refuses_retries_and_carries_none_out_again() {
    let (world, mut server, cast, app) = filled();
    server.send(&cast.generate_secret(&app).key("shown-once")).expect(201);
    server.kill9();
    let (_temporary, folder) = folder();
    export(&world, &folder, &["--without-commands"]);
    let other = World::new();
    printed(run(&other, "import", &folder, &[]));
    let server = other.serve(&Address::fresh());
    let head = log(&other).len();
    let again = server.send(&cast.generate_secret(&app).key("shown-once"));
    again.problem(422, "idempotency_key_reused");
    assert_eq!(log(&other).len(), head);
}

#[test]
fn a_command_that_the_range_cuts_is_not_carried_out_again() {
    let (world, server, cast, _) = filled();
    let create = cast.create_app("Cut").key("cut");
    let created = server.send(&create).expect(201);
    let through = created.position() - 1;
    let events = log(&world);
    let [last, cut] = [through - 1, through].map(|at| events[usize::try_from(at).unwrap()].command_id);
    assert_eq!(last, cut, "the command has several events");
    let (_temporary, folder) = folder();
    export(&world, &folder, &["--through", &through.to_string()]);
    let other = World::new();
    printed(run(&other, "import", &folder, &[]));
    let server = other.serve(&Address::fresh());
    server.send(&create).problem(422, "idempotency_key_reused");
    assert_eq!(log(&other).len() as u64, through);
}

#[test]
fn a_manifest_that_was_tampered_with_is_refused() {
    let (world, ..) = filled();
    let (_temporary, folder) = folder();
    let honest = export(&world, &folder, &["--compression", "none", "--events-per-file", "5"]);
    let empty = World::new();
    let most = u64::MAX;
    for (change, why) in [
        (
            &(|manifest: &mut Value| manifest["files"].as_array_mut().unwrap().reverse())
                as &dyn Fn(&mut Value),
            "after position 0 comes",
        ),
        (&|manifest| manifest["files"][1] = manifest["files"][0].clone(), "after position 5 comes 1"),
        (
            &|manifest| {
                let again = manifest["files"][0].clone();
                manifest["files"].as_array_mut().unwrap().insert(1, again);
                for field in ["last", "count"] {
                    manifest[field] = (manifest[field].as_u64().unwrap() + 5).into();
                }
            },
            "the peaks are not those of the last event",
        ),
        (
            &|manifest| {
                manifest["files"][0]["rows"] = most.into();
                manifest["count"] = most.into();
            },
            "more events than the range has",
        ),
        (&|manifest| manifest["last"] = most.into(), "no range of positions"),
        (
            &|manifest| (manifest["first"], manifest["last"]) = (most.into(), most.into()),
            "no range of positions",
        ),
        (&|manifest| manifest["first"] = 0.into(), "no range of positions"),
        (
            &|manifest| manifest["root"] = format!("{}=", "A".repeat(43)).into(),
            "the root is not the one of the peaks",
        ),
        (&|manifest| manifest["complete"] = false.into(), "was interrupted"),
        (&|manifest| manifest["more"] = 1.into(), "is no manifest"),
    ] {
        let mut manifest = honest.clone();
        change(&mut manifest);
        fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
        let said = refused(&empty, &folder);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn what_was_tampered_with_is_refused_and_nothing_of_it_stays() {
    let (world, ..) = filled();
    let (_temporary, folder) = folder();
    let plain = ["--compression", "none", "--events-per-file", "5"];
    let manifest = export(&world, &folder, &plain);
    let empty = World::new();
    let name = |number: usize| manifest["files"][number]["name"].as_str().unwrap().to_owned();
    let original = |name: &str| fs::read(folder.join(name)).unwrap();
    let with = |name: &str, bytes: &[u8]| {
        let before = original(name);
        fs::write(folder.join(name), bytes).unwrap();
        let said = refused(&empty, &folder);
        fs::write(folder.join(name), before).unwrap();
        said
    };
    // An edit, a cut at a line's end and within one, an addition, two files swapped, one missing.
    let second = original(&name(1));
    let edited = String::from_utf8(second.clone()).unwrap().replacen("\"version\":1", "\"version\":2", 1);
    assert!(with(&name(1), edited.as_bytes()).contains("hash"));
    let end = second.iter().rposition(|byte| *byte == b'\n').unwrap();
    let cut = second[..end].iter().rposition(|byte| *byte == b'\n').unwrap();
    assert!(with(&name(1), &second[..=cut]).contains("hash"));
    assert!(with(&name(1), &second[..end - 3]).contains("hash"));
    assert!(with(&name(1), &[]).contains("hash"));
    assert!(with(&name(1), &[&second[..], &second[..]].concat()).contains("after position 10 comes 6"));
    assert!(with(&name(1), &original(&name(0))).contains("after position 5 comes 1"));
    assert!(with("commands.ndjson", b"").contains("hash"));
    fs::rename(folder.join(name(1)), folder.join("away")).unwrap();
    assert!(refused(&empty, &folder).contains("No such file"));
    fs::rename(folder.join("away"), folder.join(name(1))).unwrap();
    // The manifest: files left out, one elsewhere, another form.
    for (change, why) in [
        (
            &(|manifest: &mut Value| drop(manifest["files"].as_array_mut().unwrap().pop()))
                as &dyn Fn(&mut Value),
            "events, not",
        ),
        (&|manifest| manifest["files"][0]["name"] = "../elsewhere".into(), "is no name of a file"),
        (&|manifest| manifest["format"] = "chancery-export/2".into(), "this build reads"),
        (&|manifest| manifest["last"] = 1000.into(), "not as complete as it says"),
    ] {
        let mut manifest: Value = serde_json::from_slice(&original("manifest.json")).unwrap();
        change(&mut manifest);
        let said = with("manifest.json", manifest.to_string().as_bytes());
        assert!(said.contains(why), "{said}");
    }
    // An edit whose hash is told in the manifest as well: then the root is another.
    let mut manifest: Value = serde_json::from_slice(&original("manifest.json")).unwrap();
    manifest["files"][1]["sha256"] = sha256(edited.as_bytes()).into();
    let (honest, told) = (original("manifest.json"), manifest.to_string());
    fs::write(folder.join("manifest.json"), told).unwrap();
    assert!(with(&name(1), edited.as_bytes()).contains("do not have the root"));
    fs::write(folder.join("manifest.json"), honest).unwrap();
    printed(run(&empty, "import", &folder, &[]));
    assert_eq!(everything(&empty), everything(&world));
}

#[test]
fn what_of_a_csv_no_hash_of_an_event_covers_is_refused_where_it_is_not_as_written_though_the_manifest_fits() {
    let (world, key) = sealed(12);
    let (_temporary, folder) = folder();
    let mut manifest = export(&world, &folder, &["--format", "csv", "--compression", "none"]);
    assert_eq!(verified(&folder, &key).0, Some(0));
    let path = folder.join(manifest["files"][0]["name"].as_str().unwrap());
    let honest = fs::read_to_string(&path).unwrap();
    let (names, records) = honest.split_once('\n').unwrap();
    let empty = World::new();
    let unnamed = "does not name the columns";
    let headed = |names: &str| (format!("{names}\n{records}"), unnamed);
    let spelled = |old: &str, new: &str, why| (format!("{names}\n{}", records.replacen(old, new, 1)), why);
    for (forged, why) in [
        headed(&names.replace("actor_kind,actor_id", "actor_id,actor_kind")),
        headed(&names.replace("position,", "\"position\",")),
        headed(&format!("{names},more")),
        headed(&format!("{names}\r")),
        headed(""),
        spelled("1,", "+1,", "+1 is 1 in another spelling"),
        spelled("\n2,", "\n02,", "02 is 2 in another spelling"),
        spelled(".000007Z", ".00000700Z", "is a time in another spelling"),
        spelled(",\"person\",", ",person,", "a text is not in quotes"),
    ] {
        assert_ne!(forged, honest);
        manifest["files"][0]["bytes"] = forged.len().into();
        manifest["files"][0]["sha256"] = sha256(forged.as_bytes()).into();
        fs::write(&path, &forged).unwrap();
        fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
        let said = refused(&empty, &folder);
        assert!(said.contains(why), "{said}");
        assert_eq!(verified(&folder, &key).0, Some(3), "{forged:?}");
    }
}

#[test]
fn an_export_is_imported_only_where_its_checkpoint_is_the_keys_and_of_its_events() {
    let (world, key) = sealed(12);
    fill(&world, 3);
    let (temporary, folder) = folder();
    let honest = export(&world, &folder, &["--compression", "none"]);
    let part = temporary.path().join("part");
    export(&world, &part, &["--through", "7"]);
    let named = |world: &World, folder: &Path, key: &str| {
        run(world, "import", folder, &["--key", key, "--output", "json"])
    };
    let empty = World::new();
    let refused = |output: Output, why: &str| {
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(why), "{said}");
        let [events, commands, head] = everything(&empty);
        assert!(events.is_empty() && commands.is_empty() && head[0].contains(",0,"), "{head:?}");
    };
    let forge = |change: &dyn Fn(&mut Value)| {
        let mut manifest = honest.clone();
        change(&mut manifest);
        fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    };

    // Another key's, another size's, none at all.
    let mut command = world.command(&["log", "key"]);
    let stranger = printed(command.env("CHANCERY_SEAL_KEY", SEED.replacen('A', "B", 1)).output().unwrap());
    refused(named(&empty, &folder, stranger.trim()), "the export's checkpoint does not count");
    let note = honest["checkpoint"].as_str().unwrap();
    forge(&|manifest| manifest["checkpoint"] = note.replacen("\n12\n", "\n11\n", 1).into());
    refused(named(&empty, &folder, &key), "the signature is not that of the key that it names");
    refused(run(&empty, "import", &folder, &[]), "they do not lead to the export's checkpoint");
    forge(&|manifest| manifest["checkpoint"] = Value::Null);
    refused(named(&empty, &folder, &key), "the export has no checkpoint");
    forge(&|_| ());
    // Other events, in which nothing else is wrong.
    let (unsealed, forged) = (World::new(), temporary.path().join("forged"));
    fill(&unsealed, 12);
    let mut manifest = export(&unsealed, &forged, &[]);
    let said = printed(run(&World::new(), "import", &forged, &[]));
    assert!(said.contains("vouched for by nobody"), "{said}");
    manifest["checkpoint"] = note.into();
    fs::write(forged.join("manifest.json"), manifest.to_string()).unwrap();
    for output in [named(&empty, &forged, &key), run(&empty, "import", &forged, &[])] {
        refused(output, "they do not lead to the export's checkpoint");
    }

    let said = json(named(&empty, &folder, &key));
    assert_eq!(
        (&said["position"], &said["sealed"], &said["keys"]),
        (&15.into(), &12.into(), &Value::from(vec![key.clone()]))
    );
    let said = json(named(&World::new(), &part, &key));
    assert_eq!((&said["position"], &said["sealed"]), (&7.into(), &7.into()));
    // Without a key it says that nobody looked.
    let said = printed(run(&World::new(), "import", &folder, &[]));
    assert!(said.contains("not checked: name the log's key with --key"), "{said}");
}

#[test]
fn only_an_empty_log_that_nobody_uses_is_filled_and_only_by_its_owner() {
    let (world, ..) = filled();
    let (_temporary, folder) = folder();
    export(&world, &folder, &[]);
    let refused = |world: &World| {
        let output = run(world, "import", &folder, &[]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&world).contains("the log is not empty"));

    let empty = World::new();
    let server = empty.serve(&Address::fresh());
    assert!(refused(&empty).contains("servers use this database"));
    drop(server);

    let login = format!("plain_{}", fastrand::u32(..));
    empty.block_on(async {
        let sql = format!("CREATE ROLE {login} LOGIN PASSWORD 'x' IN ROLE chancery_app, chancery_views");
        client(&empty).await.batch_execute(&sql).await.unwrap();
    });
    let url = empty.url();
    let (_, server) = url.rsplit_once('@').unwrap();
    let mut command = empty.command(&["log", "import", folder.to_str().unwrap()]);
    let output = command.env("DATABASE_URL", format!("postgres://{login}:x@{server}")).output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("needs the login that migrated"));
    empty.block_on(async {
        client(&empty).await.batch_execute(&format!("DROP ROLE {login}")).await.unwrap();
    });
}

/// In hexadecimal, as a manifest has it.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
