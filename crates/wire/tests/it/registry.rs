//! The registry knows the events of `proto/`, all of them, and nothing else.

use std::collections::BTreeSet;

use chancery_wire::{DecodeError, Event, upcast::UPCASTS};

use crate::{messages, schema};

/// Messages that are no event, but a part of one or what stands around it.
const NOT_EVENTS: &[&str] = &["Envelope", "Instance", "Operation", "Scope"];

#[test]
fn every_message_is_an_event_or_is_listed_as_none() {
    let registered = Event::TYPES.iter().map(|(event_type, ..)| *event_type);
    let known: BTreeSet<String> = registered.chain(NOT_EVENTS.iter().copied()).map(str::to_owned).collect();
    let declared: BTreeSet<String> = schema::messages().map(|message| message.name().to_owned()).collect();
    assert_eq!(known, declared);
}

#[test]
fn every_type_has_a_message_here_to_be_tried() {
    let tried: Vec<_> = messages::full().iter().map(described).collect();
    let mut registered = Event::TYPES.to_vec();
    registered.sort_unstable();
    let mut sorted = tried.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, registered);
}

#[test]
fn an_unknown_type_is_told_by_its_name() {
    let error = Event::decode("AppRenamed", 1, b"{}").unwrap_err();
    assert!(matches!(&error, DecodeError::UnknownType(name) if name == "AppRenamed"), "{error:?}");
}

#[test]
fn a_schema_newer_than_this_build_is_not_guessed_at() {
    for (event_type, _, newest) in Event::TYPES {
        let error = Event::decode(event_type, newest + 1, b"{}").unwrap_err();
        let told = (*event_type, newest + 1, *newest);
        assert!(
            matches!(&error, DecodeError::NewerSchema { event_type, schema_version, newest }
                if (&**event_type, *schema_version, *newest) == told),
            "{error:?}"
        );
    }
}

#[test]
fn every_schema_version_leads_to_the_newest() {
    let steps: Vec<_> = UPCASTS.iter().map(|upcast| (upcast.event_type, upcast.from)).collect();
    let needed: Vec<_> = Event::TYPES
        .iter()
        .flat_map(|(event_type, _, newest)| (1..*newest).map(move |from| (*event_type, from)))
        .collect();
    // In the registry's order, so that none stands twice.
    assert_eq!(steps, needed);
}

#[test]
fn there_is_no_schema_version_before_the_first() {
    for (event_type, ..) in Event::TYPES {
        let error = Event::decode(event_type, 0, b"{}").unwrap_err();
        assert!(matches!(error, DecodeError::NoUpcast { from: 0, .. }), "{error:?}");
    }
}

#[test]
fn data_that_is_not_the_message_is_told_by_its_type() {
    for data in ["", "[]", "null", r#"{"app_id": 7}"#, r#"{"tenant_id": "seven"}"#, r#"{"app_id": "a""#] {
        let error = Event::decode("TenantAdded", 1, data.as_bytes()).unwrap_err();
        let told = matches!(&error, DecodeError::Data { event_type, .. } if event_type == "TenantAdded");
        assert!(told, "{data}: {error:?}");
    }
}

#[test]
fn a_word_that_no_enum_has_is_not_passed_over() {
    let data = br#"{"visibility":"VISIBILITY_SECRET"}"#;
    assert!(matches!(Event::decode("AppCreated", 1, data), Err(DecodeError::Data { .. })));
}

fn described(event: &Event) -> (&'static str, &'static str, u32) {
    (event.event_type(), event.category(), event.schema_version())
}
