//! The document: a channel, an operation and a message for each event, and for the head.

use chancery_wire::{Event, Topology};
use prost_reflect::MessageDescriptor;
use serde_json::{Map, Value, json};

use super::{envelope, payload};
use crate::{
    corpus::{files, parts},
    schema,
};

const DESCRIPTION: &str = "\
Every event of the log, in the log's order, in one JetStream stream. An event's place in the log is its JetStream \
sequence, its `ce-sequence` and its position over HTTP: 1, 2, 3 … without a hole. Positions are comparable within one \
log id, `Chancery-Log`.

Read the stream by an ordered consumer from a start sequence, keep the position beside what you make of the events, and \
stop where the log id is another one. What the stream does not have, `GET /v1/events` has. `docs/consumers.md` shows it in \
Python and in TypeScript.

Data is proto3 JSON of the message in `proto/` that has the event's name: names as in the .proto, 64-bit integers as \
text, no default values. A field that is absent is empty, 0, false or without items. Events gain fields and enums gain \
words: pass over fields that you do not know. `ce-dataschema` ends in the schema version; an event that was stored at an \
older one is served as it was stored.";

pub fn document() -> Value {
    let topology = Topology::default();
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for (event_type, category, schema_version) in Event::TYPES {
        let descriptor = schema::message(event_type);
        channels.insert((*event_type).to_owned(), channel(&topology, event_type, category, &descriptor));
        operations.insert(format!("publish{event_type}"), operation(event_type));
        messages
            .insert((*event_type).to_owned(), message(event_type, category, *schema_version, &descriptor));
    }
    channels.insert(
        "Head".to_owned(),
        json!({
            "address": topology.head_subject(),
            "description": "A core subject, not in the stream: where the log ends, every second. Whoever is at this position \
                            misses nothing.",
            "messages": {"Head": {"$ref": "#/components/messages/Head"}},
        }),
    );
    operations.insert("publishHead".to_owned(), operation("Head"));
    messages.insert("Head".to_owned(), envelope::head_message());
    let mut schemas = payload::schemas();
    schemas.insert("EventHeaders".to_owned(), envelope::headers());
    schemas.insert("Head".to_owned(), envelope::head());
    json!({
        "asyncapi": "3.1.0",
        "info": {
            "title": "Chancery's events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "nats": {
                "host": "localhost:4222",
                "protocol": "nats",
                "description": format!(
                    "NATS with JetStream 2.14 or newer. The stream is `{}`; its configuration is `docs/stream.json`.",
                    topology.stream
                ),
                "security": [{"$ref": "#/components/securitySchemes/reader"}],
            },
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": schemas,
            "parameters": {
                "app": {"description": "The id of the app that the event names; `-` where it names none."},
                "tenant": {"description": "The id of the tenant that the event names; `-` where it names none."},
            },
            "securitySchemes": {
                "reader": {"type": "userPassword", "description": "A user that may follow, and publish nothing."},
            },
        },
    })
}

fn channel(topology: &Topology, event_type: &str, category: &str, descriptor: &MessageDescriptor) -> Value {
    json!({
        "address": format!("{}.event.{category}.{event_type}.{{app}}.{{tenant}}", topology.prefix),
        "description": schema::about_file(descriptor),
        "parameters": {
            "app": {"$ref": "#/components/parameters/app"},
            "tenant": {"$ref": "#/components/parameters/tenant"},
        },
        "messages": {event_type: {"$ref": format!("#/components/messages/{event_type}")}},
    })
}

fn operation(channel: &str) -> Value {
    json!({"action": "send", "channel": {"$ref": format!("#/channels/{channel}")}})
}

fn message(event_type: &str, category: &str, schema_version: u32, descriptor: &MessageDescriptor) -> Value {
    json!({
        "name": event_type,
        "title": event_type,
        "summary": schema::comment(&descriptor.parent_file(), descriptor.path()),
        "contentType": "application/json",
        "correlationId": {"location": "$message.header#/ce-correlationid"},
        "tags": [{"name": category}],
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/EventHeaders"},
                {
                    "type": "object",
                    "properties": {
                        "ce-type": {"const": format!("chancery.v1.{event_type}")},
                        "ce-dataschema": {
                            "examples": [format!("urn:chancery:schema:chancery.v1.{event_type}:{schema_version}")],
                        },
                    },
                },
            ],
        },
        "payload": {"$ref": format!("#/components/schemas/{event_type}")},
        "examples": examples(event_type, schema_version),
    })
}

/// Whatever the corpus has of the schema version that is written.
fn examples(event_type: &str, schema_version: u32) -> Vec<Value> {
    let files = files();
    let of_type = files.iter().filter(|(name, _)| parts(name) == (event_type, schema_version));
    of_type
        .map(|(name, data)| {
            let payload: Value = serde_json::from_str(data).unwrap();
            json!({"name": name.trim_end_matches(".json"), "payload": payload})
        })
        .collect()
}
