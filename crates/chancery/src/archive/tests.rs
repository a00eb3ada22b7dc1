//! What is written is read again, whatever it is.

use std::{borrow::Cow, io::BufReader};

use chancery_wire::audit::Row;
use proptest::prelude::*;
use uuid::Uuid;

use super::{Encoder, Encoding, HEADER, TRAILER, Tuple, csv, ndjson, tuples};

fn uuids() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn texts() -> impl Strategy<Value = Cow<'static, str>> {
    prop_oneof!["[a-z0-9-]{0,40}", any::<String>(), Just(",\"data\":}".to_owned())].prop_map(Cow::Owned)
}

/// JSON, with what looks like an export in it, and spaces around it.
fn data() -> impl Strategy<Value = Cow<'static, [u8]>> {
    any::<(String, u8)>().prop_map(|(text, spaces)| {
        let value = serde_json::json!({"text": text, "x,\"data\":{": [",\"data\":", "}\""]});
        let spaces = " ".repeat(usize::from(spaces % 3));
        Cow::Owned(format!("{spaces}{value}{spaces}").into_bytes())
    })
}

fn rows() -> impl Strategy<Value = Row<'static>> {
    let ids = (uuids(), uuids(), uuids(), proptest::option::of(uuids()), proptest::option::of(uuids()));
    let names = (texts(), texts(), texts(), texts(), texts(), proptest::option::of(texts()));
    let numbers = (any::<(i64, i64, i32)>(), 0..4_000_000_000_000_000_i64, any::<Option<i64>>());
    (ids, names, numbers, data()).prop_map(|(ids, names, numbers, data)| Row {
        position: numbers.0.0,
        event_id: ids.0,
        category: names.0,
        stream: names.1,
        version: numbers.0.1,
        event_type: names.2,
        schema_version: numbers.0.2,
        recorded_at: numbers.1,
        key_app: ids.3,
        key_tenant: numbers.2,
        actor_kind: names.3,
        actor_id: names.4,
        command_id: ids.1,
        correlation_id: ids.2,
        causation_id: ids.4,
        traceparent: names.5,
        data,
    })
}

/// The record of a row, without its end.
fn record(encoding: Encoding, row: &Row<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new(encoding).row(row, &mut out).unwrap();
    assert_eq!(out.pop(), Some(b'\n'));
    out
}

proptest! {
    #[test]
    fn a_line_is_read_as_it_was_written_and_is_json(row in rows()) {
        let line = record(Encoding::Ndjson, &row);
        prop_assert!(!line.contains(&b'\n'));
        let mut room = Vec::new();
        prop_assert_eq!(&ndjson::read(&line, &mut room).unwrap(), &row);
        let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
        prop_assert_eq!(value["stream"].as_str(), Some(&*row.stream));
        prop_assert_eq!(&value["data"], &serde_json::from_slice::<serde_json::Value>(&row.data).unwrap());
    }

    #[test]
    fn a_record_of_csv_is_read_as_it_was_written(row in rows()) {
        let line = record(Encoding::Csv, &row);
        prop_assert!(!csv::goes_on(&line));
        for (at, _) in line.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            prop_assert!(csv::goes_on(&line[..at]), "a record seems to end within it");
        }
        prop_assert_eq!(&csv::read(&line).unwrap(), &row);
    }

    #[test]
    fn tuples_are_read_as_they_were_written_however_they_arrive(
        rows in proptest::collection::vec(rows(), 0..5), capacity in 1..200_usize,
    ) {
        let mut bytes = HEADER.to_vec();
        for row in &rows {
            row.write(&mut bytes);
        }
        bytes.extend_from_slice(&TRAILER);
        let mut read = rows.iter();
        tuples(BufReader::with_capacity(capacity, &*bytes), |columns| {
            assert_eq!(Some(&Row::read(columns)?), read.next());
            Ok(())
        }).unwrap();
        prop_assert_eq!(read.next(), None);
        // Half a stream is no stream.
        let half = &bytes[..bytes.len() - 1];
        prop_assert!(tuples(BufReader::with_capacity(capacity, half), |_| Ok(())).is_err());
    }
}

fn row() -> Row<'static> {
    Row {
        position: 7,
        event_id: Uuid::nil(),
        category: "app".into(),
        stream: "app-x".into(),
        version: 1,
        event_type: "AppCreated".into(),
        schema_version: 1,
        recorded_at: 0,
        key_app: None,
        key_tenant: None,
        actor_kind: "person".into(),
        actor_id: "mia".into(),
        command_id: Uuid::nil(),
        correlation_id: Uuid::nil(),
        causation_id: None,
        traceparent: None,
        data: b"{\n \"a\": \"b\"\n}".as_slice().into(),
    }
}

#[test]
fn data_of_several_lines_is_for_csv() {
    let mut row = row();
    let refused = Encoder::new(Encoding::Ndjson).row(&row, &mut Vec::new()).unwrap_err();
    assert!(refused.to_string().contains("position 7"), "{refused}");
    assert_eq!(csv::read(&record(Encoding::Csv, &row)).unwrap(), row);
    row.data = b"{}".as_slice().into();
    assert_eq!(
        String::from_utf8(record(Encoding::Ndjson, &row)).unwrap(),
        "{\"position\":7,\"event_id\":\"00000000-0000-0000-0000-000000000000\",\"category\":\"app\",\"stream\":\"app-x\",\
         \"version\":1,\"type\":\"AppCreated\",\"schema_version\":1,\"recorded_at\":\"1970-01-01T00:00:00.000000Z\",\
         \"key_app\":null,\"key_tenant\":null,\"actor_kind\":\"person\",\"actor_id\":\"mia\",\
         \"command_id\":\"00000000-0000-0000-0000-000000000000\",\
         \"correlation_id\":\"00000000-0000-0000-0000-000000000000\",\"causation_id\":null,\"traceparent\":null,\"data\":{}}"
    );
}

#[test]
fn a_record_of_csv_in_another_spelling_is_refused() {
    let record = String::from_utf8(record(Encoding::Csv, &row())).unwrap();
    let id = Uuid::nil().to_string();
    for (old, new) in [
        ("7,", "+7,"),
        ("7,", "07,"),
        ("7,", " 7,"),
        ("7,", "\"7\","),
        (&*id, "00000000000000000000000000000000"),
        (&id, "{00000000-0000-0000-0000-000000000000}"),
        (&id, "\"00000000-0000-0000-0000-000000000000\""),
        (",\"app\",", ",app,"),
        (",1,1970", ",+1,1970"),
        (".000000Z", "Z"),
    ] {
        let other = record.replacen(old, new, 1);
        assert!(other != record && csv::read(other.as_bytes()).is_err(), "{other}");
    }
    // Also letters of an id that are large.
    let row = Row { event_id: Uuid::max(), ..row() };
    let record = String::from_utf8(self::record(Encoding::Csv, &row)).unwrap();
    let other = record.replacen(&row.event_id.to_string(), &row.event_id.to_string().to_uppercase(), 1);
    assert!(other != record && csv::read(other.as_bytes()).is_err(), "{other}");
}
