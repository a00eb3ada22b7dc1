//! The envelope survives NATS headers and the subject, whatever it holds.

use std::collections::HashMap;

use bytes::Bytes;
use chancery_wire::{
    Actor, Position, Recorded, Topology,
    headers::{self, HeaderError},
};
use jiff::Timestamp;
use proptest::{option, prelude::*};
use uuid::Uuid;

const LOG_ID: Uuid = Uuid::from_u128(0x0198_f2a0_0000_7000_8000_0000_0000_00ff);

type Headers = HashMap<&'static str, String>;

proptest! {
    #[test]
    fn an_envelope_comes_back_unchanged(event in any_event(), log_id in any::<u128>(), prefix in prefix()) {
        let topology = Topology { stream: "CHANCERY".into(), prefix };
        let log_id = Uuid::from_u128(log_id);
        let headers = encode(&event, log_id);
        let read = decode(&topology.event_subject(&event), &headers, event.data.clone());
        let read = read.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(read, (log_id, event));
    }

    #[test]
    fn no_header_stands_twice(event in any_event()) {
        let pairs = headers::encode(&event, LOG_ID);
        prop_assert_eq!(encode(&event, LOG_ID).len(), pairs.len());
    }
}

#[test]
fn the_headers_are_those_of_cloudevents_in_binary_mode() {
    let event = Recorded {
        causation_id: Some(Uuid::from_u128(4)),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        ..recorded(Bytes::new())
    };
    let headers = headers::encode(&event, LOG_ID);
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let expected = [
        "Chancery-Log: 0198f2a0-0000-7000-8000-0000000000ff",
        "ce-specversion: 1.0",
        "ce-id: 00000000-0000-0000-0000-000000000001",
        "ce-source: urn:chancery:log:0198f2a0-0000-7000-8000-0000000000ff",
        "ce-type: chancery.v1.ScopeCatalogPublished",
        "ce-subject: catalog",
        "ce-time: 2026-11-21T10:00:00.123456789Z",
        "ce-sequence: 17",
        "ce-dataschema: urn:chancery:schema:chancery.v1.ScopeCatalogPublished:1",
        "ce-streamversion: 5",
        "ce-actorkind: token",
        "ce-actorid: 0198f2a0",
        "ce-commandid: 00000000-0000-0000-0000-000000000002",
        "ce-correlationid: 00000000-0000-0000-0000-000000000003",
        "ce-causationid: 00000000-0000-0000-0000-000000000004",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "Content-Type: application/json",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_missing_header_is_named() {
    let event = recorded(Bytes::new());
    for name in NEEDED {
        let mut headers = encode(&event, LOG_ID);
        headers.remove(name);
        assert_eq!(refused(&subject(&event), &headers), *name);
    }
}

#[test]
fn a_malformed_header_is_named() {
    let event = recorded(Bytes::new());
    let words = ["Chancery-Log", "ce-id", "ce-time", "ce-commandid", "ce-correlationid", "ce-causationid"];
    let numbers = ["ce-sequence", "ce-streamversion", "ce-dataschema"];
    let malformed = words.iter().flat_map(|name| ["", "never", "17"].map(|value| (*name, value)));
    let malformed = malformed.chain(
        numbers.iter().flat_map(|name| ["", "-1", "1.5", "18446744073709551616"].map(|value| (*name, value))),
    );
    for (name, value) in malformed {
        let mut headers = encode(&event, LOG_ID);
        headers.insert(name, value.to_owned());
        assert_eq!(refused(&subject(&event), &headers), name, "{name}: {value}");
    }
}

#[test]
fn a_malformed_subject_is_named() {
    let headers = encode(&recorded(Bytes::new()), LOG_ID);
    let app = "chancery.v1.event.catalog.ScopeCatalogPublished.app.-";
    let tenant = "chancery.v1.event.catalog.ScopeCatalogPublished.-.-7";
    for subject in ["", "head", "-.-", "ScopeCatalogPublished.-.-", app, tenant] {
        assert_eq!(refused(subject, &headers), "subject", "{subject}");
    }
}

/// Headers without which an event cannot be read.
const NEEDED: &[&str] = &[
    "Chancery-Log",
    "ce-id",
    "ce-subject",
    "ce-time",
    "ce-sequence",
    "ce-dataschema",
    "ce-streamversion",
    "ce-actorkind",
    "ce-actorid",
    "ce-commandid",
    "ce-correlationid",
];

/// An event with nothing optional.
pub fn recorded(data: Bytes) -> Recorded {
    Recorded {
        position: Position::new(17),
        event_id: Uuid::from_u128(1),
        category: "catalog".into(),
        stream: "catalog".into(),
        version: 5,
        event_type: "ScopeCatalogPublished".into(),
        schema_version: 1,
        recorded_at: Timestamp::from_nanosecond(1_795_255_200_123_456_789).unwrap(),
        key_app: None,
        key_tenant: None,
        actor: Actor { kind: "token".into(), id: "0198f2a0".into() },
        command_id: Uuid::from_u128(2),
        correlation_id: Uuid::from_u128(3),
        causation_id: None,
        traceparent: None,
        data,
    }
}

fn encode(event: &Recorded, log_id: Uuid) -> Headers {
    headers::encode(event, log_id).into_iter().collect()
}

fn decode(subject: &str, headers: &Headers, data: Bytes) -> Result<(Uuid, Recorded), HeaderError> {
    headers::decode(subject, |name| headers.get(name).map(String::as_str), data)
}

/// The name of the header for which the message is refused.
fn refused(subject: &str, headers: &Headers) -> &'static str {
    decode(subject, headers, Bytes::new()).unwrap_err().name
}

fn subject(event: &Recorded) -> String {
    Topology::default().event_subject(event)
}

/// Any envelope that NATS can carry: tokens of a subject without dots, values of a header in visible ASCII.
fn any_event() -> impl Strategy<Value = Recorded> {
    let times = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
    let times = times.prop_map(|nanosecond| Timestamp::from_nanosecond(nanosecond).unwrap());
    let place = (any::<u64>(), any::<u64>(), any::<u32>(), times);
    let names = ("[a-z][a-z0-9-]{0,30}", "[A-Z][A-Za-z0-9]{0,30}", value());
    let keys = (option::of(uuid()), option::of(any::<u64>()));
    let actor = (value(), value());
    let ids = (uuid(), uuid(), uuid(), option::of(uuid()), option::of(value()));
    let data = any::<Vec<u8>>().prop_map(Bytes::from);
    (place, names, keys, actor, ids, data).prop_map(|(place, names, keys, actor, ids, data)| Recorded {
        position: Position::new(place.0),
        version: place.1,
        schema_version: place.2,
        recorded_at: place.3,
        category: names.0,
        event_type: names.1,
        stream: names.2,
        key_app: keys.0,
        key_tenant: keys.1,
        actor: Actor { kind: actor.0, id: actor.1 },
        event_id: ids.0,
        command_id: ids.1,
        correlation_id: ids.2,
        causation_id: ids.3,
        traceparent: ids.4,
        data,
    })
}

/// Also empty, and with the characters that separate elsewhere.
fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,40}", Just("-".to_owned()), Just("a:b.c, d=\"e\";%20".to_owned())]
}

fn prefix() -> impl Strategy<Value = String> {
    "[a-z]{1,5}(\\.[a-zA-Z0-9_-]{1,5}){0,3}"
}

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}
