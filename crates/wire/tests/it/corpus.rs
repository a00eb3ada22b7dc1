//! Bytes that were once written are read, and written again, for ever.
//!
//! `corpus/<Type>.v<schema version>.json` has every field set that the message had at first,
//! `corpus/<Type>.v<schema version>.minimal.json` no more than the event needs. Each file is the data and a
//! line feed. A file never changes: a newer schema version brings a new file, a field that the same version
//! gained brings a file named after it ([`GROWN`]), and the older ones are still read. `corpus/SHA256SUMS` has the
//! hash of each.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use chancery_wire::Event;
use sha2::{Digest, Sha256};

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
    for (events, suffix) in [
        (messages::at_first(), ""),
        (messages::minimal(), ".minimal"),
        (messages::shared(), ".shared"),
        (messages::of_reports(), ".report"),
    ] {
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

#[test]
fn no_file_of_the_corpus_was_changed_or_removed() {
    let released = fs::read_to_string(folder().join("SHA256SUMS")).unwrap();
    let now: BTreeSet<String> =
        files().iter().map(|(name, data)| format!("{}  {name}", sha256(&format!("{data}\n")))).collect();
    for line in released.lines() {
        assert!(now.contains(line), "what was released is not there as it was: {line}");
    }
    for line in now {
        assert!(
            released.lines().any(|known| known == line),
            "SHA256SUMS lacks, by `sha256sum *.json`: {line}"
        );
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
    let mut files: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let data = text.strip_suffix('\n').unwrap_or_else(|| panic!("{name} has no final line feed"));
            (name, data.to_owned())
        })
        .collect();
    files.sort();
    files
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// The type and the schema version that a file's name gives.
pub fn parts(name: &str) -> (&str, u32) {
    let mut parts = name.split('.');
    let event_type = parts.next().unwrap();
    let schema_version = parts.next().and_then(|part| part.strip_prefix('v')?.parse().ok());
    (event_type, schema_version.unwrap_or_else(|| panic!("{name} gives no schema version")))
}
