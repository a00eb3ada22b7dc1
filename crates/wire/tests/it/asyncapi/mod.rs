//! `docs/asyncapi.json`: what is on NATS, as `proto/` and the registry have it. Nothing at run time needs the document,
//! so it is made here; `cargo xtask interop asyncapi` has it read by AsyncAPI's own parser.

mod document;
mod envelope;
mod payload;

use std::{collections::BTreeSet, env, fs, path::Path};

use bytes::Bytes;
use chancery_wire::{Event, Head, Position, Recorded, headers};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::headers::recorded;

#[test]
fn the_committed_document_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/asyncapi.json");
    let document = serde_json::to_string_pretty(&document::document()).unwrap() + "\n";
    if env::var_os("UPDATE_ASYNCAPI").is_some() {
        fs::write(&path, &document).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(
        committed == document,
        "docs/asyncapi.json differs from proto/ or the registry; after looking at why: \
         UPDATE_ASYNCAPI=1 cargo test -p chancery-wire the_committed_document"
    );
}

#[test]
fn every_event_has_its_channel_its_message_and_an_example() {
    let document = document::document();
    for (event_type, category, _) in Event::TYPES {
        let address = document["channels"][event_type]["address"].as_str().unwrap();
        assert_eq!(address, format!("chancery.v1.event.{category}.{event_type}.{{app}}.{{tenant}}"));
        let message = &document["components"]["messages"][event_type];
        assert!(message["examples"].as_array().is_some_and(|examples| !examples.is_empty()), "{event_type}");
        assert!(message["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{event_type}");
    }
}

#[test]
fn every_header_that_is_sent_is_described() {
    let all = Recorded {
        causation_id: Some(Uuid::from_u128(4)),
        traceparent: Some(String::new()),
        ..recorded(Bytes::new())
    };
    let names = |event: &Recorded| -> BTreeSet<String> {
        headers::encode(event, Uuid::nil()).into_iter().map(|(name, _)| name.to_owned()).collect()
    };
    let described = envelope::headers();
    let properties: BTreeSet<_> = described["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(properties, names(&all));
    let required: BTreeSet<_> = serde_json::from_value(described["required"].clone()).unwrap();
    assert_eq!(names(&recorded(Bytes::new())), required);
}

#[test]
fn the_head_is_described_as_it_is_announced() {
    let head = Head { log_id: Uuid::nil(), position: Position::new(1), time: Timestamp::UNIX_EPOCH };
    let fields: BTreeSet<String> =
        serde_json::to_value(&head).unwrap().as_object().unwrap().keys().cloned().collect();
    let described = envelope::head();
    assert_eq!(described["properties"].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>(), fields);
    assert_eq!(serde_json::from_value::<BTreeSet<_>>(described["required"].clone()).unwrap(), fields);
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document::document();
    let mut values = vec![&document];
    while let Some(value) = values.pop() {
        if let Some(reference) = value["$ref"].as_str() {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        match value {
            Value::Object(fields) => values.extend(fields.values()),
            Value::Array(items) => values.extend(items),
            _ => {}
        }
    }
}
