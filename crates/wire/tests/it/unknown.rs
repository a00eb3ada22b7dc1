//! Fields of newer writers are passed over when an event is read, and stay where they are.

use bytes::Bytes;
use chancery_wire::Event;
use serde_json::{Value, json};

use crate::{corpus::files, corpus::parts, headers::recorded};

#[test]
fn what_a_newer_writer_added_is_passed_over() {
    for (name, data) in files() {
        let (event_type, schema_version) = parts(&name);
        let read = |data: &str| Event::decode(event_type, schema_version, data.as_bytes()).unwrap();
        let mut newer: Value = serde_json::from_str(&data).unwrap();
        add_fields(&mut newer);
        assert_eq!(read(&newer.to_string()), read(&data), "{name}");
    }
}

#[test]
fn reading_an_event_leaves_its_bytes_as_they_are() {
    // Bytes that this build would write in another way: a field it does not know, spaces, another order.
    let data = Bytes::from_static(
        br#"{ "tenant_id" : "1001", "since": {"a": [null, 1.0, "\u00e9"]}, "app_id": "0198f2a0-0000-7000-8000-000000000003" }"#,
    );
    let event = chancery_wire::Recorded { event_type: "TenantAdded".into(), ..recorded(data.clone()) };
    let message = event.decode().unwrap();
    assert_ne!(message.encode().as_bytes(), data);
    assert_eq!(event.data, data);
    assert_eq!(event.data.as_ptr(), data.as_ptr());
}

/// Adds fields to every object of the value, of every kind of value.
fn add_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(add_fields);
            let newer =
                [json!(null), json!(true), json!(-1.5e300), json!("text"), json!([1, {}]), json!({"a": []})];
            fields.extend(newer.into_iter().enumerate().map(|(n, value)| (format!("newer_{n}"), value)));
        }
        Value::Array(values) => values.iter_mut().for_each(add_fields),
        _ => {}
    }
}
