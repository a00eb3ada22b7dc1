//! Bytes that were once written are read, and written again, for ever.
//!
//! `corpus/<Type>.v<schema version>.json` has every field set that the message had at first,
//! `corpus/<Type>.v<schema version>.minimal.json` no more than the event needs. Each file is the data and a
//! line feed. A file never changes: a newer schema version brings a new file, a field that the same version
//! gained brings a file named after it ([`GROWN`]), and the older ones are still read.

use std::{collections::BTreeSet, fs, path::Path};

use chancery_wire::Event;

use crate::messages;

/// Types that gained fields after their first file was written, and what the file with all of them is named
/// after.
const GROWN: &[(&str, &str)] = &[("SecretGenerated", ".group_id"), ("TenantConnected", ".group_id")];

#[test]
fn every_message_is_written_as_the_corpus_has_it() {
    for event in messages::full() {
        let grown = GROWN.iter().find(|(grown, _)| *grown == event.event_type());
        check_written(&event, grown.map_or("", |(_, suffix)| suffix));
    }
    for (events, suffix) in
        [(messages::at_first(), ""), (messages::minimal(), ".minimal"), (messages::shared(), ".shared")]
    {
        for event in events {
            check_written(&event, suffix);
        }
    }
}

#[test]
fn what_grew_has_its_first_file_tried_too() {
    let tried: BTreeSet<_> = messages::at_first().iter().map(Event::event_type).collect();
    assert_eq!(tried, GROWN.iter().map(|(grown, _)| *grown).collect());
}

#[test]
fn every_file_of_the_corpus_is_read_and_written_again_byte_for_byte() {
    for (name, data) in files() {
        let (event_type, schema_version) = parts(&name);
        let event = Event::decode(event_type, schema_version, data.as_bytes())
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        if schema_version == event.schema_version() {
            assert_eq!(event.encode(), data, "{name}");
        }
    }
}

#[test]
fn every_schema_version_of_every_type_has_its_file() {
    let names: BTreeSet<String> = files().into_iter().map(|(name, _)| name).collect();
    for (event_type, _, newest) in Event::TYPES {
        for schema_version in 1..=*newest {
            let name = format!("{event_type}.v{schema_version}.json");
            assert!(names.contains(&name), "the corpus lacks {name}");
        }
    }
}

/// The file holds exactly what is written today, and says the same when it is read.
fn check_written(event: &Event, suffix: &str) {
    let name = format!("{}.v{}{suffix}.json", event.event_type(), event.schema_version());
    let written = event.encode();
    let Some((_, data)) = files().into_iter().find(|(file, _)| *file == name) else {
        panic!("the corpus lacks {name}, which would hold\n{written}");
    };
    assert_eq!(written, data, "{name}");
    let read = Event::decode(event.event_type(), event.schema_version(), data.as_bytes()).unwrap();
    assert_eq!(&read, event, "{name}");
}

/// Name and data of every file.
pub fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            let text = fs::read_to_string(file.path()).unwrap();
            let data = text.strip_suffix('\n').unwrap_or_else(|| panic!("{name} has no final line feed"));
            (name, data.to_owned())
        })
        .collect();
    files.sort();
    files
}

/// The type and the schema version that a file's name gives.
pub fn parts(name: &str) -> (&str, u32) {
    let mut parts = name.split('.');
    let event_type = parts.next().unwrap();
    let schema_version = parts.next().and_then(|part| part.strip_prefix('v')?.parse().ok());
    (event_type, schema_version.unwrap_or_else(|| panic!("{name} gives no schema version")))
}
