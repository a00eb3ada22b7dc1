//! JSON Schemas of the messages: the proto3 JSON mapping in other words.

use chancery_wire::Event;
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use crate::schema;

/// The schema of every event's message, and of every message and enum in one.
pub fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    let mut messages: Vec<_> =
        Event::TYPES.iter().map(|(event_type, ..)| schema::message(event_type)).collect();
    while let Some(message) = messages.pop() {
        for field in message.fields() {
            match field.kind() {
                Kind::Message(inner) if !is_time(&inner) => messages.push(inner),
                Kind::Enum(words) => {
                    schemas.insert(words.name().to_owned(), of_enum(&words));
                }
                _ => {}
            }
        }
        schemas.insert(message.name().to_owned(), of_message(&message));
    }
    schemas
}

fn of_message(message: &MessageDescriptor) -> Value {
    let properties: Map<_, _> =
        message.fields().map(|field| (field.name().to_owned(), of_field(&field))).collect();
    json!({
        "type": "object",
        "description": schema::comment(&message.parent_file(), message.path()),
        "properties": properties,
        "additionalProperties": true,
    })
}

fn of_field(field: &FieldDescriptor) -> Value {
    let one = of_kind(&field.kind());
    let (mut value, default) = if field.is_list() {
        (json!({"type": "array", "items": one}), Some(json!([])))
    } else {
        (one, default(&field.kind()))
    };
    let comment = schema::comment(&field.parent_message().parent_file(), field.path());
    if value.get("$ref").is_some() && !comment.is_empty() {
        // Beside a reference nothing counts.
        value = json!({"allOf": [value]});
    }
    if let Some(object) = value.as_object_mut() {
        object.extend(default.map(|default| ("default".to_owned(), default)));
        if !comment.is_empty() {
            object.insert("description".to_owned(), comment.into());
        }
    }
    value
}

fn of_kind(kind: &Kind) -> Value {
    match kind {
        Kind::String => json!({"type": "string"}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Bytes => json!({"type": "string", "contentEncoding": "base64"}),
        Kind::Int64 => json!({"type": "string", "format": "int64", "pattern": "^(0|-?[1-9][0-9]*)$"}),
        Kind::Uint32 => json!({"type": "integer", "format": "uint32", "minimum": 0, "maximum": u32::MAX}),
        Kind::Message(time) if is_time(time) => json!({"type": "string", "format": "date-time"}),
        Kind::Message(message) => json!({"$ref": format!("#/components/schemas/{}", message.name())}),
        Kind::Enum(words) => json!({"$ref": format!("#/components/schemas/{}", words.name())}),
        other => panic!("no event has had a field of kind {other:?} so far; say here what its JSON is"),
    }
}

/// What a field that is absent says. A time or a word that is absent says what its comment says.
fn default(kind: &Kind) -> Option<Value> {
    match kind {
        Kind::String | Kind::Bytes => Some(json!("")),
        Kind::Bool => Some(json!(false)),
        Kind::Int64 => Some(json!("0")),
        Kind::Uint32 => Some(json!(0)),
        _ => None,
    }
}

/// The words, but for the first, which no event says.
fn of_enum(words: &EnumDescriptor) -> Value {
    let file = words.parent_file();
    let said: Vec<_> = words.values().filter(|word| word.number() != 0).collect();
    let names: Vec<_> = said.iter().map(|word| word.name().to_owned()).collect();
    let mut lines = vec![schema::comment(&file, words.path())];
    for word in &said {
        let comment = schema::comment(&file, word.path());
        if !comment.is_empty() {
            lines.push(format!("- `{}`: {comment}", word.name()));
        }
    }
    let mut value = json!({"type": "string", "enum": names});
    let description = lines.join("\n");
    if !description.is_empty() {
        value["description"] = description.trim_start().into();
    }
    value
}

fn is_time(message: &MessageDescriptor) -> bool {
    message.full_name() == "google.protobuf.Timestamp"
}
