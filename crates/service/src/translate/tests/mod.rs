//! Whatever the domain can say survives the log.

mod any;
mod corpus;
mod fields;
mod unusable;

use chancery_domain::{Actor, ActorKind, Event, Stamp};
use chancery_views::Wants;
use chancery_wire as wire;
use jiff::Timestamp;
use proptest::prelude::*;

use super::{TranslateError, actor, stamp, to_domain, to_wire};

proptest! {
    #[test]
    fn every_event_comes_back_from_its_stored_bytes_unchanged(event in any::event()) {
        let message = to_wire(&event);
        let stored = message.encode();
        let read = wire::Event::decode(event.event_type(), message.schema_version(), stored.as_bytes());
        let read = read.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(to_domain(&read), Ok(event));
    }

    #[test]
    fn type_and_category_are_the_same_on_both_sides(event in any::event()) {
        let message = to_wire(&event);
        prop_assert_eq!(message.event_type(), event.event_type());
        prop_assert_eq!(message.category(), event.stream().category());
    }

    /// Shards are by app: the events of one app would not stay in order if some of them did not name it.
    #[test]
    fn what_a_view_in_shards_is_handed_names_its_app(event in any::event()) {
        let (event_type, stream) = (event.event_type(), event.stream());
        for view in chancery_views::all().into_iter().filter(|view| view.shards() > 1) {
            let wanted = match view.wants() {
                Wants::Everything => true,
                Wants::Of { types, categories } => {
                    types.contains(&event_type) || categories.contains(&stream.category())
                }
            };
            // A tenant is no app's, and its rows are no other event's.
            let of_tenant = event_type == "TenantRegistered";
            prop_assert!(!wanted || of_tenant || event.app().is_some(), "{event_type} for {}", view.name());
        }
    }
}

#[test]
fn a_generator_knows_every_type() {
    let generated = any::types();
    for (event_type, ..) in wire::Event::TYPES {
        assert!(generated.contains(event_type), "no event of type {event_type} is ever tried");
    }
}

#[test]
fn texts_of_the_past_that_no_rule_of_today_allows_are_read() {
    let message = wire::v1::TenantRegistered {
        tenant_id: 1,
        name: "\u{202E}a name\twith what is now refused".repeat(100),
        customer_id: "no customer id".into(),
        environments: vec!["No Environment".into()],
    };
    let Ok(Event::TenantRegistered(event)) = to_domain(&message.clone().into()) else {
        panic!("the past is not readable");
    };
    assert_eq!(event.name.as_str(), message.name);
    assert_eq!(event.customer_id.as_str(), message.customer_id);
    assert_eq!(event.environments[0].as_str(), message.environments[0]);
}

#[test]
fn a_stamp_says_when_and_who_as_the_envelope_does() {
    for kind in [ActorKind::Person, ActorKind::Token, ActorKind::System] {
        let by = Actor { kind, id: "0198-7a".into() };
        let event = recorded(actor(&by));
        assert_eq!(stamp(&event), Ok(Stamp { at: event.recorded_at, by }));
    }
}

#[test]
fn an_actor_of_an_unknown_kind_is_told_by_its_word() {
    let event = recorded(wire::Actor { kind: "robot".into(), id: "7".into() });
    assert_eq!(stamp(&event), Err(TranslateError::ActorKind { kind: "robot".into() }));
}

fn recorded(actor: wire::Actor) -> wire::Recorded {
    wire::Recorded {
        position: wire::Position::new(1),
        event_id: uuid::Uuid::from_u128(1),
        category: "catalog".into(),
        stream: "catalog".into(),
        version: 1,
        event_type: "ScopeCatalogPublished".into(),
        schema_version: 1,
        recorded_at: Timestamp::from_nanosecond(1_795_255_200_123_456_789).unwrap(),
        key_app: None,
        key_tenant: None,
        actor,
        command_id: uuid::Uuid::from_u128(2),
        correlation_id: uuid::Uuid::from_u128(3),
        causation_id: None,
        traceparent: None,
        data: "{}".into(),
    }
}
