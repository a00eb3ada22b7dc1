//! The leaf's bytes, as `docs/audit.md` has them. The hashes were made by a program of a few lines in another language.

use bytes::Bytes;
use chancery_wire::{Actor, Position, Recorded, audit::Entry};
use proptest::{option, prelude::*};
use uuid::Uuid;

fn id(last: u128) -> Uuid {
    Uuid::from_u128(0x0199_b1f0_0000_7000_8000_0000_0000_0000 + last)
}

fn full() -> Recorded {
    Recorded {
        position: Position::new(1234),
        event_id: "0199b1f0-7a2b-7c3d-8e4f-a0b1c2d3e4f5".parse().unwrap(),
        category: "connection".into(),
        stream: "connection-x".into(),
        version: 7,
        event_type: "TenantConnected".into(),
        schema_version: 1,
        recorded_at: "2026-01-02T03:04:05.678901Z".parse().unwrap(),
        key_app: Some(id(1)),
        key_tenant: Some(501),
        actor: Actor { kind: "person".into(), id: "p-1".into() },
        command_id: id(2),
        correlation_id: id(3),
        causation_id: Some(id(4)),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        data: Bytes::from_static(r#"{"version":"3","naïve":"ü"}"#.as_bytes()),
    }
}

fn bare() -> Recorded {
    Recorded {
        position: Position::new(1),
        category: "c".into(),
        stream: "s".into(),
        version: 1,
        event_type: "T".into(),
        recorded_at: "1970-01-01T00:00:00Z".parse().unwrap(),
        key_app: None,
        key_tenant: None,
        actor: Actor { kind: String::new(), id: String::new() },
        causation_id: None,
        traceparent: None,
        data: Bytes::from_static(b"{}"),
        ..full()
    }
}

#[test]
fn the_leaf_of_an_event_is_the_documented_one() {
    let empty = Recorded { traceparent: Some(String::new()), ..bare() };
    for (event, hash) in [
        (full(), "9kJMc6iy6IjImehn0Ne3vbe51R9TU3/bhO7Z9oCN0Sk="),
        (bare(), "C8aALeqH9lWipoxh9bX2Ujni4pkTSOJXpJaiNHVsK14="),
        // No text and an empty one are two things.
        (empty, "N3cEHeQHrLQBkQpyl4/302rXUi5EoLzg0LQdnOFlPhE="),
    ] {
        assert_eq!(event.leaf_hash().to_string(), hash, "{event:?}");
        assert_eq!(event.entry().hash(), event.leaf_hash());
    }
}

#[test]
fn every_column_is_in_the_hash() {
    let (event, other) = (full(), bare());
    let changed = [
        Recorded { position: other.position, ..full() },
        Recorded { event_id: id(9), ..full() },
        Recorded { category: other.category, ..full() },
        Recorded { stream: other.stream, ..full() },
        Recorded { version: other.version, ..full() },
        Recorded { event_type: other.event_type, ..full() },
        Recorded { schema_version: 2, ..full() },
        Recorded { recorded_at: other.recorded_at, ..full() },
        Recorded { key_app: None, ..full() },
        Recorded { key_tenant: None, ..full() },
        Recorded { actor: Actor { kind: String::new(), ..full().actor }, ..full() },
        Recorded { actor: Actor { id: String::new(), ..full().actor }, ..full() },
        Recorded { command_id: id(9), ..full() },
        Recorded { correlation_id: id(9), ..full() },
        Recorded { causation_id: None, ..full() },
        Recorded { traceparent: None, ..full() },
        Recorded { data: other.data, ..full() },
        // What moves from one column to the next is another event.
        Recorded { category: "connectio".into(), stream: "nconnection-x".into(), ..full() },
    ];
    for changed in changed {
        assert_ne!(changed.leaf_hash(), event.leaf_hash(), "{changed:?}");
    }
}

prop_compose! {
    fn events()(
        numbers in (any::<u64>(), any::<u64>(), any::<u32>(), -62_135_596_800_000_000_i64..253_402_300_799_000_000),
        texts in prop::array::uniform5(".*"),
        keys in (option::of(any::<u128>()), option::of(any::<u64>()), option::of(any::<u128>()), option::of(".*")),
        data in prop::collection::vec(any::<u8>(), 0..300),
    ) -> Recorded {
        let [category, stream, event_type, kind, actor] = texts;
        Recorded {
            position: Position::new(numbers.0),
            version: numbers.1,
            schema_version: numbers.2,
            recorded_at: jiff::Timestamp::from_microsecond(numbers.3).unwrap(),
            key_app: keys.0.map(Uuid::from_u128),
            key_tenant: keys.1,
            causation_id: keys.2.map(Uuid::from_u128),
            traceparent: keys.3,
            category, stream, event_type,
            actor: Actor { kind, id: actor },
            data: data.into(),
            ..full()
        }
    }
}

proptest! {
    #[test]
    fn an_entry_is_the_whole_event(event in events(), position in any::<u64>()) {
        let entry = event.entry();
        prop_assert_eq!(entry.event().unwrap(), event.clone());
        let moved = Recorded { position: Position::new(position), ..event };
        prop_assert_eq!(entry.hash_at(moved.position), Some(moved.leaf_hash()));
    }

    #[test]
    fn no_bytes_make_reading_an_entry_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Entry(bytes).event();
    }

    #[test]
    fn a_cut_envelope_is_no_event(event in events(), part in 0.0..1.0) {
        let entry = event.entry().0;
        let envelope = entry.len() - event.data.len();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place within")]
        let cut = (envelope as f64 * part) as usize;
        prop_assert!(Entry(entry[..cut].to_vec()).event().is_err());
    }
}
