//! Proofs and exports in files: for whoever has nothing else but the log's key.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::{execute, fill, key, run, sealed, sealer};
use crate::{archive::command_each, command_line::printed, process::chancery, world::World};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/audit/verify.py");

fn sealed_log(events: u64) -> (World, TempDir) {
    let world = World::new();
    fill(&world, events);
    let server = sealer(&world, None).ready();
    sealed(&world, &server, events);
    (world, TempDir::new().unwrap())
}

/// With no database anywhere.
fn offline(arguments: &[&str], key: &str) -> Output {
    chancery().args(arguments).args(["--key", key]).output().unwrap()
}

fn python(arguments: &[&str]) -> Output {
    Command::new("python3").arg(SCRIPT).args(arguments).output().unwrap()
}

/// Both verifiers agree.
#[track_caller]
fn holds(file: &Path, key: &str, holds: bool) -> String {
    let file = file.to_str().unwrap();
    let (ours, other) = (offline(&["log", "check-proof", file], key), python(&[key, "proof", file]));
    assert_eq!(ours.status.code(), Some(if holds { 0 } else { 3 }), "{ours:?}");
    assert_eq!(other.status.code(), Some(i32::from(!holds)), "{other:?}");
    String::from_utf8(other.stdout).unwrap()
}

#[test]
fn a_proof_is_checked_with_nothing_but_the_key() {
    let (world, folder) = sealed_log(47);
    let (key, file) = (key(&world), folder.path().join("47.tlog-proof"));
    for position in ["1", "17", "40", "47"] {
        printed(run(&world, &["prove", "--position", position, "--file", file.to_str().unwrap()]));
        let said = holds(&file, &key, true);
        assert_eq!(said, format!("the event at position {position} is among the first 47\n"));
    }
    assert_eq!(printed(run(&world, &["prove", "--position", "47"])), fs::read_to_string(&file).unwrap());
    let shown: Value = serde_json::from_str(&printed(offline(
        &["log", "check-proof", file.to_str().unwrap(), "--output", "json"],
        &key,
    )))
    .unwrap();
    assert_eq!((&shown["position"], &shown["type"], &shown["size"]), (&47.into(), &"t".into(), &47.into()));

    // Whatever is changed in it, it proves nothing.
    let proof = fs::read_to_string(&file).unwrap();
    for (number, line) in proof.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let middle = line.char_indices().map(|(at, _)| at).nth(line.chars().count() / 2).unwrap();
        let other = if line[middle..].starts_with('A') { "B" } else { "A" };
        let length = line[middle..].chars().next().unwrap().len_utf8();
        let line = format!("{}{other}{}", &line[..middle], &line[middle + length..]);
        let spoilt: Vec<_> = proof
            .lines()
            .enumerate()
            .map(|(at, old)| if at == number { line.as_str() } else { old })
            .collect();
        fs::write(&file, spoilt.join("\n") + "\n").unwrap();
        holds(&file, &key, false);
    }
    for index in ["index 046", "index +46", "index  46"] {
        let spoilt = proof.replacen("index 46", index, 1);
        assert_ne!(spoilt, proof);
        fs::write(&file, spoilt).unwrap();
        let other = python(&[key.as_str(), "proof", file.to_str().unwrap()]);
        assert_eq!(other.status.code(), Some(1), "{other:?}");
    }

    let late = run(&world, &["prove", "--position", "48"]);
    assert_eq!(late.status.code(), Some(1), "{late:?}");
    execute(&world, "UPDATE events SET data = '{}' WHERE position = 17");
    let changed = run(&world, &["prove", "--position", "17"]);
    assert_eq!(changed.status.code(), Some(3), "{changed:?}");
}

#[test]
fn one_checkpoint_is_proven_to_begin_with_another() {
    let (world, folder) = sealed_log(47);
    let (key, file) = (key(&world), folder.path().join("proof"));
    for (from, to, said) in [("1", "47", "10 of 47"), ("20", "30", "20 of 30"), ("41", "41", "47 of 47")] {
        printed(run(&world, &["consistency", "--from", from, "--to", to, "--file", file.to_str().unwrap()]));
        let proven = holds(&file, &key, true);
        assert!(proven.starts_with(&format!("the first {said} events")), "{proven}");
    }
    printed(run(&world, &["consistency", "--from", "11", "--file", file.to_str().unwrap()]));
    let proof = fs::read_to_string(&file).unwrap();
    fs::write(&file, proof.replacen("\n20\n", "\n21\n", 1)).unwrap();
    holds(&file, &key, false);
    let beyond = run(&world, &["consistency", "--from", "48"]);
    assert_eq!(beyond.status.code(), Some(1), "{beyond:?}");
}

/// How the program and the script end that verify an export.
pub(crate) fn verified(folder: &Path, key: &str) -> (Option<i32>, Option<i32>) {
    let folder = folder.to_str().unwrap();
    let ours = offline(&["log", "verify", "--output", "json", "--from-export", folder], key);
    (ours.status.code(), python(&[key, "export", folder]).status.code())
}

#[test]
fn an_export_verifies_by_itself() {
    let (world, folder) = sealed_log(47);
    let key = key(&world);
    fill(&world, 5);
    for (number, options) in [
        &[][..],
        &["--format", "csv", "--compression", "none"],
        &["--from", "20", "--through", "33", "--compression", "none"],
        &["--through", "40"],
        &["--from", "41", "--events-per-file", "3"],
    ]
    .into_iter()
    .enumerate()
    {
        let export = folder.path().join(number.to_string());
        printed(run(&world, &[&["export", export.to_str().unwrap()], options].concat()));
        assert_eq!(verified(&export, &key), (Some(0), Some(0)), "{options:?}");
    }
    let stranger = offline(&["log", "key"], "");
    assert!(!stranger.status.success());
    let other = "chancery/x+b2f5e8a3+AZ";
    assert_ne!(verified(&folder.path().join("0"), other).1, Some(0));

    // An event is edited and the manifest made to fit: the checkpoint does not.
    let export = folder.path().join("2");
    let manifest = fs::read_to_string(export.join("manifest.json")).unwrap();
    let parsed: Value = serde_json::from_str(&manifest).unwrap();
    let name = parsed["files"][0]["name"].as_str().unwrap();
    let events = fs::read_to_string(export.join(name)).unwrap();
    fs::write(export.join(name), events.replacen("\"t\"", "\"u\"", 1)).unwrap();
    assert_eq!(verified(&export, &key), (Some(3), Some(1)));
    fs::write(export.join(name), events).unwrap();
    assert_eq!(verified(&export, &key), (Some(0), Some(0)));
    let forged = manifest.replacen("\\n47\\n", "\\n46\\n", 1).replacen("\\n40\\n", "\\n41\\n", 1);
    assert_ne!(forged, manifest);
    fs::write(export.join("manifest.json"), forged).unwrap();
    assert_eq!(verified(&export, &key), (Some(3), Some(1)));
}

/// The script, on an export of which the first file is edited and the manifest made to fit.
fn forged(export: &Path, key: &str, edit: impl Fn(&str) -> String) -> Output {
    let path = export.join("manifest.json");
    let before = fs::read_to_string(&path).unwrap();
    let mut manifest: Value = serde_json::from_str(&before).unwrap();
    let file = export.join(manifest["files"][0]["name"].as_str().unwrap());
    let events = fs::read_to_string(&file).unwrap();
    let edited = edit(&events);
    let hash = Sha256::digest(edited.as_bytes())
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    manifest["files"][0]["sha256"] = hash.into();
    manifest["files"][0]["bytes"] = edited.len().into();
    fs::write(&file, edited).unwrap();
    fs::write(&path, manifest.to_string()).unwrap();
    let said = python(&[key, "export", export.to_str().unwrap()]);
    fs::write(&file, events).unwrap();
    fs::write(&path, before).unwrap();
    said
}

/// What is beside the columns is in no hash, so a reader that takes it would be told something that nobody sealed.
#[test]
fn an_export_has_the_columns_and_nothing_beside_them() {
    let (world, folder) = sealed_log(12);
    let key = key(&world);
    let (lines, records) = (folder.path().join("ndjson"), folder.path().join("csv"));
    printed(run(&world, &["export", lines.to_str().unwrap(), "--compression", "none"]));
    let options = ["--format", "csv", "--compression", "none"];
    printed(run(&world, &[&["export", records.to_str().unwrap()][..], &options].concat()));
    for (export, old, new, why) in [
        (
            &lines,
            r#"{"position":1,"#,
            r#"{"data":{"forged":1},"approved_by":"boss","position":1,"#,
            "other fields",
        ),
        (&lines, r#"{"position":1,"#, r#"{"actor_id":"boss","position":1,"#, "other fields"),
        (&lines, r#"{"position":1,"#, r#"{"d\u0061ta":{"forged":1},"position":1,"#, "other fields"),
        (&lines, r#"{"position":1,"#, r#"{"position":9,"position":1,"#, "other fields"),
        (&lines, r#","data":"#, r#","approved_by":"boss","data":"#, "other fields"),
        (&lines, r#"{"position":1,"#, r#"{"position":true,"#, "another type"),
        (&lines, r#"{"position":1,"#, r#"{"position":1.5,"#, "another type"),
        (&records, "actor_kind,actor_id", "actor_id,actor_kind", "the first line"),
        (&records, ",data\n", ",data,approved_by\n", "the first line"),
        (&records, "\n1,", "\n+1,", "not a plain number"),
        (&records, "\n2,", ",\"boss\"\n2,", "fields"),
    ] {
        let untouched = forged(export, &key, str::to_owned);
        assert_eq!(untouched.status.code(), Some(0), "{untouched:?}");
        let said = forged(export, &key, |events| {
            let edited = events.replacen(old, new, 1);
            assert_ne!(edited, events, "{new}");
            edited
        });
        assert_eq!(said.status.code(), Some(1), "{new}: {said:?}");
        assert!(String::from_utf8_lossy(&said.stderr).contains(why), "{new}: {said:?}");
    }
    // Also a manifest that tells another size of a file.
    let manifest = fs::read_to_string(lines.join("manifest.json")).unwrap();
    fs::write(lines.join("manifest.json"), manifest.replacen("\"bytes\": ", "\"bytes\": 1", 1)).unwrap();
    assert_eq!(verified(&lines, &key).1, Some(1));
}

#[test]
fn what_came_after_the_last_checkpoint_nobody_vouches_for() {
    let (world, folder) = sealed_log(47);
    let key = key(&world);
    fill(&world, 5);
    for (from, code) in [("47", 0), ("48", 1), ("50", 1)] {
        let export = folder.path().join(from);
        printed(run(&world, &["export", export.to_str().unwrap(), "--from", from]));
        assert_eq!(verified(&export, &key), (Some(code), Some(code)), "from {from}");
    }
    let export = folder.path().join("48");
    let said = offline(&["log", "verify", "--from-export", export.to_str().unwrap()], &key);
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(
        said.contains("its checkpoint is of 47 events: nobody vouches for what came after them"),
        "{said}"
    );
}

#[test]
fn the_commands_of_an_export_are_held_against_its_manifest() {
    let (world, folder) = sealed_log(12);
    let key = key(&world);
    command_each(&world);
    let export = folder.path().join("export");
    printed(run(&world, &["export", export.to_str().unwrap(), "--compression", "none"]));
    assert_eq!(verified(&export, &key), (Some(0), Some(0)));
    let commands = export.join("commands.ndjson");
    let text = fs::read_to_string(&commands).unwrap();
    fs::write(&commands, text.replacen(":201,", ":200,", 1)).unwrap();
    assert_eq!(verified(&export, &key), (Some(3), Some(1)));
    fs::remove_file(&commands).unwrap();
    assert_eq!(verified(&export, &key), (Some(3), Some(1)));
    fs::write(&commands, text).unwrap();
    let manifest = fs::read_to_string(export.join("manifest.json")).unwrap();
    assert_eq!(manifest.matches("\"rows\": 12").count(), 2);
    fs::write(export.join("manifest.json"), manifest.replace("\"rows\": 12", "\"rows\": 13")).unwrap();
    assert_ne!(verified(&export, &key).0, Some(0));
    assert_eq!(verified(&export, &key).1, Some(1));
}
