//! What stands around an event on NATS, and the head.

use bytes::Bytes;
use chancery_wire::headers;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::headers::recorded;

const UUID: &str = "uuid";

/// The headers of every event: CloudEvents 1.0 in binary mode, the log's id and the trace.
pub fn headers() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let form = |format: &str, description: &str| json!({"type": "string", "format": format, "description": description});
    let number =
        |description: &str| json!({"type": "string", "pattern": "^[1-9][0-9]*$", "description": description});
    let example: Map<String, Value> = headers::encode(&recorded(Bytes::new()), Uuid::from_u128(0xff))
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect();
    let required: Vec<_> = example.keys().cloned().collect();
    json!({
        "type": "object",
        "description": "The envelope, as CloudEvents 1.0 in binary mode.",
        "required": required,
        "properties": {
            "Chancery-Log": form(UUID, "The log's id. Positions are comparable within one log only."),
            "Content-Type": {"const": "application/json"},
            "ce-specversion": {"const": "1.0"},
            "ce-id": form(UUID, "The event's id, a UUIDv7."),
            "ce-source": form("uri", "`urn:chancery:log:` and the log's id."),
            "ce-type": text("`chancery.v1.` and the event's type."),
            "ce-subject": text("The event's stream, for example `app-` and the app's id."),
            "ce-time": form("date-time", "When it was recorded. Never decreases along positions."),
            "ce-sequence": number("The event's position in the log, the same as its JetStream sequence."),
            "ce-dataschema": form("uri", "`urn:chancery:schema:chancery.v1.`, the type, `:` and the schema version of the data."),
            "ce-streamversion": number("The event's place in its stream, from 1, without a hole."),
            "ce-actorkind": text("Who did it: `person`, `token` or `system`."),
            "ce-actorid": text("The actor's opaque id, never a name or an address."),
            "ce-commandid": form(UUID, "The command that appended it. A command may append several events."),
            "ce-correlationid": form(UUID, "What one request led to has one."),
            "ce-causationid": form(UUID, "The event that led to it, where one did."),
            "traceparent": text("The W3C trace context of the command, where it had one."),
        },
        "examples": [example],
    })
}

/// The data of the message on the head's subject.
pub fn head() -> Value {
    json!({
        "type": "object",
        "required": ["log_id", "position", "time"],
        "properties": {
            "log_id": {"type": "string", "format": UUID},
            "position": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "description": "Of the log's last event; 0 before the first.",
            },
            "time": {"type": "string", "format": "date-time", "description": "When it was read from the log."},
        },
    })
}

pub fn head_message() -> Value {
    json!({
        "name": "Head",
        "title": "Head",
        "summary": "Where the log ends.",
        "contentType": "application/json",
        "payload": {"$ref": "#/components/schemas/Head"},
        "examples": [{
            "name": "Head",
            "payload": {
                "log_id": "0198f2a0-0000-7000-8000-0000000000ff",
                "position": 17,
                "time": "2026-11-21T10:00:00Z",
            },
        }],
    })
}
