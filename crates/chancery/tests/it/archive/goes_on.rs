//! What may go on with an export that was interrupted, and what may not.

use std::{fs, path::PathBuf};

use serde_json::json;
use tempfile::TempDir;

use super::{export, files, folder, run};
use crate::{
    command_line::{failed, printed},
    sealing::{execute, fill},
    world::World,
};

const OPTIONS: [&str; 4] = ["--compression", "none", "--events-per-file", "4"];
/// An event that no line can hold, so that an export of lines ends there.
const BREAK: &str =
    "CREATE TABLE original AS TABLE events; UPDATE events SET data = E'{\\n}' WHERE position = 10";
const MEND: &str = "UPDATE events SET data = original.data FROM original WHERE original.position = 10 AND events.position = 10; \
                    DROP TABLE original";

/// A log of 12 events, the folder of an export of it that ended at the tenth, and what that said.
fn begun() -> (World, (TempDir, PathBuf), String) {
    let (world, (temporary, folder)) = (World::new(), folder());
    fill(&world, 12);
    execute(&world, BREAK);
    let said = failed(run(&world, "export", &folder, &OPTIONS), 1);
    (world, (temporary, folder), said)
}

#[test]
fn what_was_not_written_to_its_end_has_no_name_that_says_so() {
    let (world, (_temporary, folder), said) = begun();
    assert!(said.contains("the data at position 10 has a line break"), "{said}");
    let names: Vec<_> = files(&folder).into_iter().map(|(name, _)| name).collect();
    let whole = [
        "000000000001-000000000004.ndjson",
        "000000000005-000000000008.ndjson",
        "000000000009-000000000012.ndjson.part",
    ];
    assert_eq!(
        names,
        [&whole.map(|range| format!("events-{range}"))[..], &["manifest.json".to_owned()]].concat()
    );
    execute(&world, MEND);
    let manifest = export(&world, &folder, &OPTIONS);
    assert_eq!((&manifest["count"], &manifest["complete"]), (&json!(12), &json!(true)));
    let other = World::new();
    printed(run(&other, "import", &folder, &[]));
}

#[test]
fn an_export_goes_on_with_the_log_that_it_was_begun_with_and_with_no_other() {
    let (world, (_temporary, folder), _) = begun();
    let refused = |world: &World| failed(run(world, "export", &folder, &OPTIONS), 1);
    let begun = files(&folder);

    // Databases of tests are copies of one, so this is a log with the same id: as one that was set back, and went on.
    let other = World::new();
    fill(&other, 6);
    assert!(refused(&other).contains("the log ends at 6, before the end of the export that was begun"));
    fill(&other, 10);
    let said = refused(&other);
    assert!(
        said.contains("holds other events than the log has up to position 8; name another folder"),
        "{said}"
    );
    execute(&other, "UPDATE head SET log_id = gen_random_uuid()");
    assert!(refused(&other).contains("holds another export"));
    assert!(files(&folder) == begun, "nobody touched it");

    execute(&world, MEND);
    fill(&world, 5);
    assert_eq!(export(&world, &folder, &OPTIONS)["last"], 12);
    let without = [&OPTIONS[..], &["--without-commands"]].concat();
    let said = failed(run(&world, "export", &folder, &without), 1);
    assert!(said.contains("holds another export"), "{said}");
    fs::remove_file(folder.join("commands.ndjson")).unwrap();
    assert!(refused(&world).contains("looking at"));
}

#[test]
fn a_file_that_was_damaged_is_not_gone_on_with_though_it_is_as_long_as_before() {
    let (world, (_temporary, folder), _) = begun();
    execute(&world, MEND);
    let refused_if_damaged = |name: &str| {
        let path = folder.join(name);
        let written = fs::read(&path).unwrap();
        let mut damaged = written.clone();
        damaged[written.len() / 2] ^= 1;
        fs::write(&path, damaged).unwrap();
        let before = files(&folder);
        let said = failed(run(&world, "export", &folder, &OPTIONS), 1);
        assert!(said.contains(&format!("{name} is not as it was written")), "{said}");
        assert!(files(&folder) == before, "nobody touched it");
        fs::write(&path, written).unwrap();
    };
    refused_if_damaged("events-000000000001-000000000004.ndjson");
    refused_if_damaged("events-000000000005-000000000008.ndjson");
    assert_eq!(export(&world, &folder, &OPTIONS)["complete"], true);
    // Nor is a complete one called complete.
    refused_if_damaged("events-000000000009-000000000012.ndjson");
    printed(run(&World::new(), "import", &folder, &[]));
}

#[test]
fn an_export_goes_on_with_as_many_events_in_a_file_as_it_was_begun_with() {
    let (world, (_temporary, folder), _) = begun();
    execute(&world, MEND);
    let begun = files(&folder);
    for other in [&["--events-per-file", "5"][..], &["--events-per-file", "3"], &[]] {
        let options = [other, &["--compression", "none"]].concat();
        let said = failed(run(&world, "export", &folder, &options), 1);
        assert!(said.contains("holds another export"), "{said}");
        assert!(files(&folder) == begun, "nobody touched it");
    }
    let manifest = export(&world, &folder, &OPTIONS);
    assert_eq!(manifest["files"].as_array().unwrap().len(), 3);
    // What is whole has no further file.
    assert_eq!(export(&world, &folder, &["--compression", "none"]), manifest);
}

#[test]
fn an_empty_log_is_exported_and_imported() {
    let ((_temporary, folder), empty) = (folder(), World::new());
    let manifest = export(&World::new(), &folder, &[]);
    assert_eq!(
        (&manifest["first"], &manifest["last"], &manifest["files"]),
        (&json!(1), &json!(0), &json!([]))
    );
    printed(run(&empty, "import", &folder, &[]));
    fill(&empty, 3);
    // It is whole: nothing is added to it.
    assert_eq!(export(&empty, &folder, &[])["last"], 0);
}
