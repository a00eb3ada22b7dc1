//! Times are exact, and written in the one form that proto3 JSON has for them.

use chancery_wire::{Event, ProtoTimestamp, v1};
use jiff::Timestamp;
use proptest::{prelude::*, sample::select};

use crate::{canonical::again, schema};

proptest! {
    #[test]
    fn a_time_comes_back_exact_to_the_nanosecond(time in any_time(Timestamp::MIN)) {
        let written = serde_json::to_string(&ProtoTimestamp::from(time)).unwrap();
        let read: ProtoTimestamp = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(Timestamp::try_from(read).unwrap(), time);
    }

    #[test]
    fn another_implementation_writes_a_time_with_the_same_digits(time in any_time(year_one())) {
        let event: Event = v1::ApiTokenIssued { expires_at: Some(time.into()), ..Default::default() }.into();
        let written = event.encode();
        prop_assert_eq!(again(schema::message("ApiTokenIssued"), &written), written);
    }
}

#[test]
fn a_time_is_in_utc_with_as_many_digits_as_it_needs_in_threes() {
    for (nanosecond, written) in [
        (0, r#""1970-01-01T00:00:00Z""#),
        (1, r#""1970-01-01T00:00:00.000000001Z""#),
        (-1, r#""1969-12-31T23:59:59.999999999Z""#),
        (100_000_000, r#""1970-01-01T00:00:00.100Z""#),
        (120_000, r#""1970-01-01T00:00:00.000120Z""#),
        (1_795_255_200_000_000_000, r#""2026-11-21T10:00:00Z""#),
    ] {
        let time = Timestamp::from_nanosecond(nanosecond).unwrap();
        assert_eq!(serde_json::to_string(&ProtoTimestamp::from(time)).unwrap(), written);
    }
}

#[test]
fn a_time_with_another_offset_is_the_same_time() {
    let read: ProtoTimestamp = serde_json::from_str(r#""2026-11-21T11:30:00.5+01:30""#).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), r#""2026-11-21T10:00:00.500Z""#);
}

#[test]
fn a_text_that_is_no_time_is_refused() {
    for text in [r#""""#, r#""tomorrow""#, r#""2026-11-21""#, r#""2026-13-01T00:00:00Z""#, "1795255200"] {
        assert!(serde_json::from_str::<ProtoTimestamp>(text).is_err(), "{text}");
    }
}

/// To the second, millisecond, microsecond and nanosecond.
fn any_time(earliest: Timestamp) -> impl Strategy<Value = Timestamp> {
    let nanoseconds = earliest.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
    (nanoseconds, select(vec![1, 1_000, 1_000_000, 1_000_000_000]))
        .prop_map(|(nanosecond, unit)| Timestamp::from_nanosecond(nanosecond / unit * unit).unwrap())
}

/// The first that proto3 allows.
fn year_one() -> Timestamp {
    "0001-01-01T00:00:00Z".parse().unwrap()
}
