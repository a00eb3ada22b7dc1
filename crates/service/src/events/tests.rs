//! Every event has a sentence.

use std::{borrow::Cow, collections::BTreeMap, fs, path::Path};

use chancery_wire::Event;

use super::sentence::{Naming, Thing, sentence};

/// Names everything after what it is.
struct Plain;

impl Naming for Plain {
    fn name<'a>(&'a self, thing: Thing<'a>) -> Cow<'a, str> {
        Cow::Borrowed(match thing {
            Thing::App(_) => "Acme Scheduling",
            Thing::Organization(_) => "Acme",
            Thing::Network(_) => "All of North",
            Thing::Group(_) => "Branches",
            Thing::ApiToken(_) => "Nightly",
            Thing::Person(_) => "Mia Maker",
        })
    }
}

/// The events that the wire's own tests keep for ever.
fn corpus() -> BTreeMap<String, Event> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wire/tests/corpus");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let events =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let (event_type, version) = name.split_once(".v").unwrap();
            let version = version.split('.').next().unwrap().parse().unwrap();
            let event = Event::decode(event_type, version, &fs::read(&path).unwrap()).unwrap();
            (name, event)
        });
    events.collect()
}

#[test]
fn every_type_of_event_has_a_sentence() {
    let corpus = corpus();
    for (event_type, ..) in Event::TYPES {
        assert!(corpus.values().any(|event| event.event_type() == *event_type), "none of type {event_type}");
    }
    let lines = corpus.iter().map(|(name, event)| format!("{name}: {}\n", sentence(event, &Plain)));
    insta::assert_snapshot!(lines.collect::<String>());
}

#[test]
fn a_sentence_begins_with_the_verb_and_ends_without_a_stop() {
    for (name, event) in corpus() {
        let said = sentence(&event, &Plain);
        let plain = said.starts_with(|first: char| first.is_ascii_lowercase())
            && !said.ends_with(['.', ',', ' '])
            && !said.contains("  ");
        assert!(plain, "{name}: {said}");
    }
}

/// Knows nobody.
struct Nobody;

impl Naming for Nobody {
    fn name<'a>(&'a self, thing: Thing<'a>) -> Cow<'a, str> {
        thing.to_string().into()
    }
}

#[test]
fn what_has_no_name_is_called_by_its_id() {
    let connected = chancery_wire::v1::TenantConnected {
        app_id: "0198".into(),
        tenant_id: 1234,
        environment: "production".into(),
        version: 3,
        ..Default::default()
    };
    assert_eq!(
        sentence(&connected.clone().into(), &Plain),
        "allowed Acme Scheduling v3 on tenant 1234 in production"
    );
    assert_eq!(sentence(&connected.into(), &Nobody), "allowed app 0198 v3 on tenant 1234 in production");
}
