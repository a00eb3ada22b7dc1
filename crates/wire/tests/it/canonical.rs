//! The bytes are canonical proto3 JSON, by the word of another implementation of the mapping.

use std::collections::BTreeSet;

use chancery_wire::Event;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage, SerializeOptions, Value};

use crate::{
    corpus::{files, parts},
    messages, schema,
};

#[test]
fn another_implementation_writes_the_same_bytes() {
    for (name, data) in files() {
        let (event_type, _) = parts(&name);
        assert_eq!(again(schema::message(event_type), &data), data, "{name}");
    }
}

#[test]
fn a_full_message_sets_every_field() {
    for event in messages::full() {
        let message = read(schema::message(event.event_type()), &event.encode());
        assert_every_field_is_set(&message);
    }
}

#[test]
fn the_bytes_show_what_readers_in_other_languages_rely_on() {
    let data = data_of("SecretGenerated.v1.json");
    // Names as in the .proto, 64-bit integers as text, bytes in base 64, times in UTC to the nanosecond.
    assert!(data.contains(r#""tenant_id":"1001""#), "{data}");
    assert!(data.contains(r#""sha256":"4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8=""#), "{data}");
    assert!(data.contains(r#""previous_retires_at":"2026-11-22T10:00:00.123456789Z""#), "{data}");
    let data = data_of("AppCreated.v1.json");
    assert!(data.contains(r#""visibility":"VISIBILITY_PUBLIC""#), "{data}");
    assert!(data.contains(r#""review_required":true"#), "{data}");
    assert!(!data_of("AppCreated.v1.minimal.json").contains("review_required"));
}

#[test]
fn a_message_with_nothing_set_is_an_empty_object() {
    for (event_type, _, schema_version) in Event::TYPES {
        let event = Event::decode(event_type, *schema_version, b"{}").unwrap();
        assert_eq!(event.encode(), "{}", "{event_type}");
    }
}

/// What the other implementation makes of the data.
pub fn again(message: MessageDescriptor, data: &str) -> String {
    let options = SerializeOptions::new().use_proto_field_name(true);
    let mut bytes = serde_json::Serializer::new(Vec::new());
    read(message, data).serialize_with_options(&mut bytes, &options).unwrap();
    String::from_utf8(bytes.into_inner()).unwrap()
}

fn read(message: MessageDescriptor, data: &str) -> DynamicMessage {
    let mut json = serde_json::Deserializer::from_str(data);
    DynamicMessage::deserialize(message, &mut json).unwrap()
}

fn data_of(file: &str) -> String {
    files().into_iter().find(|(name, _)| name == file).unwrap().1
}

/// In the message, and in each message inside it.
fn assert_every_field_is_set(message: &DynamicMessage) {
    let descriptor = message.descriptor();
    let set: BTreeSet<_> = message.fields().map(|(field, _)| field.number()).collect();
    for field in descriptor.fields() {
        // A time on the full second has no nanoseconds.
        assert!(set.contains(&field.number()) || field.name() == "nanos", "{} is not set", field.full_name());
    }
    for (_, value) in message.fields() {
        let inner = match value {
            Value::Message(inner) => vec![inner],
            Value::List(values) => values.iter().filter_map(Value::as_message).collect(),
            _ => vec![],
        };
        inner.into_iter().for_each(assert_every_field_is_set);
    }
}
