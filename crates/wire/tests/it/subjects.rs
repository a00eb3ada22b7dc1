//! Subjects are a contract: consumers subscribe to them by hand.

use bytes::Bytes;
use chancery_wire::{Head, Position, Recorded, Topology};
use jiff::Timestamp;
use uuid::Uuid;

use crate::headers::recorded;

const APP: Uuid = Uuid::from_u128(0x0198_f2a0_0000_7000_8000_0000_0000_0003);

#[test]
fn an_event_is_published_under_its_category_type_app_and_tenant() {
    let connected = Recorded {
        category: "connection".into(),
        event_type: "TenantConnected".into(),
        key_app: Some(APP),
        key_tenant: Some(1001),
        ..recorded(Bytes::new())
    };
    assert_eq!(
        Topology::default().event_subject(&connected),
        "chancery.v1.event.connection.TenantConnected.0198f2a0-0000-7000-8000-000000000003.1001"
    );
}

#[test]
fn what_an_event_does_not_name_is_a_hyphen_in_its_place() {
    let topology = Topology::default();
    let neither = recorded(Bytes::new());
    assert_eq!(topology.event_subject(&neither), "chancery.v1.event.catalog.ScopeCatalogPublished.-.-");
    let tenant = Recorded { key_tenant: Some(7), ..neither.clone() };
    assert_eq!(topology.event_subject(&tenant), "chancery.v1.event.catalog.ScopeCatalogPublished.-.7");
    let app = Recorded { key_app: Some(APP), ..neither };
    assert_eq!(
        topology.event_subject(&app),
        "chancery.v1.event.catalog.ScopeCatalogPublished.0198f2a0-0000-7000-8000-000000000003.-"
    );
}

#[test]
fn all_events_are_under_one_wildcard_and_the_head_is_not() {
    for topology in [Topology::default(), Topology::named("t17")] {
        let all = topology.all_events();
        let under = all.strip_suffix('>').unwrap();
        assert!(topology.event_subject(&recorded(Bytes::new())).starts_with(under));
        assert!(!topology.head_subject().starts_with(under));
    }
}

#[test]
fn production_has_the_names_that_strangers_know() {
    let production = Topology::default();
    assert_eq!(production.stream, "CHANCERY");
    assert_eq!(production.all_events(), "chancery.v1.event.>");
    assert_eq!(production.head_subject(), "chancery.v1.head");
}

#[test]
fn topologies_of_other_names_share_nothing() {
    let (one, other) = (Topology::named("one"), Topology::named("other"));
    assert_ne!(one.stream, other.stream);
    assert_ne!(one.all_events(), other.all_events());
    assert_ne!(one.all_events(), Topology::default().all_events());
}

#[test]
fn the_head_is_announced_as_a_small_object() {
    let time = Timestamp::from_second(1_795_255_200).unwrap();
    let head = Head { log_id: APP, position: Position::new(17), time };
    let json = serde_json::to_string(&head).unwrap();
    let expected =
        r#"{"log_id":"0198f2a0-0000-7000-8000-000000000003","position":17,"time":"2026-11-21T10:00:00Z"}"#;
    assert_eq!(json, expected);
    assert_eq!(serde_json::from_str::<Head>(&json).unwrap(), head);
}
