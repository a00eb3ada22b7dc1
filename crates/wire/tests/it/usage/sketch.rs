#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "latencies and ranks of a test, all small"
)]

use std::time::Duration;

use chancery_wire::usage::Sketch;
use proptest::prelude::*;

fn sketch(latencies: &[u64]) -> Sketch {
    let mut sketch = Sketch::default();
    for nanos in latencies {
        sketch.add(Duration::from_nanos(*nanos));
    }
    sketch
}

/// Nanoseconds from one microsecond to an hour, of every order of magnitude alike.
fn latency() -> impl Strategy<Value = u64> {
    (3.0..12.55_f64).prop_map(|exponent| 10_f64.powf(exponent).ceil() as u64)
}

#[test]
fn buckets_begin_at_a_microsecond_and_end_after_a_day() {
    for (nanos, index) in [(0, 0), (1, 0), (1_000, 0), (1_001, 1), (1_020, 1), (1_021, 2), (1_000_000, 346)] {
        assert_eq!(Sketch::index(Duration::from_nanos(nanos)), index, "{nanos} ns");
    }
    assert!(Sketch::index(Duration::from_hours(35)) < Sketch::MAX_INDEX);
    assert_eq!(Sketch::index(Duration::from_hours(37)), Sketch::MAX_INDEX);
    assert_eq!(Sketch::index(Duration::MAX), Sketch::MAX_INDEX);
}

#[test]
fn of_no_calls_there_is_no_quantile() {
    assert_eq!(Sketch::default().quantile(0.5), None);
    assert!(Sketch::default().is_empty());
}

#[test]
fn counts_never_overflow() {
    let mut full: Sketch = [(5, u64::MAX), (6, u64::MAX)].into_iter().collect();
    full.merge(&full.clone());
    assert_eq!(full.count(), u64::MAX);
    assert!(full.quantile(1.0).is_some());
}

proptest! {
    #[test]
    fn rule_31_in_any_order_and_however_split_the_same_sketch_comes_out(
        parts in prop::collection::vec(prop::collection::vec(latency(), 0..50), 0..8),
        order in any::<prop::sample::Index>(),
    ) {
        let whole = sketch(&parts.concat());
        let sketches: Vec<_> = parts.iter().map(|part| sketch(part)).collect();
        let mut turned = sketches.clone();
        if !turned.is_empty() {
            let middle = order.index(turned.len());
            turned.rotate_left(middle);
            turned[middle..].reverse();
        }
        let mut merged = Sketch::default();
        for one in &turned {
            merged.merge(one);
        }
        prop_assert_eq!(&merged, &whole);
        // As a tree as well as in a row.
        let mut pairs: Vec<_> = sketches;
        while pairs.len() > 1 {
            pairs = pairs.chunks(2).map(|pair| {
                let mut one = pair[0].clone();
                pair[1..].iter().for_each(|other| one.merge(other));
                one
            }).collect();
        }
        prop_assert_eq!(pairs.pop().unwrap_or_default(), whole);
    }

    #[test]
    fn rule_31_a_quantile_is_right_to_one_percent(
        mut latencies in prop::collection::vec(latency(), 1..400),
        q in 0.0..=1.0_f64,
    ) {
        let found = sketch(&latencies).quantile(q).unwrap();
        latencies.sort_unstable();
        let rank = (q * (latencies.len() - 1) as f64).floor() as usize;
        let exact = latencies[rank] as f64 / 1_000.0;
        prop_assert!((found - exact).abs() <= exact * (Sketch::ERROR + 1e-9), "{found} for {exact}");
    }

    #[test]
    fn what_is_written_is_read(latencies in prop::collection::vec(any::<u64>(), 0..100)) {
        let sketch = sketch(&latencies);
        let json = serde_json::to_string(&sketch).unwrap();
        prop_assert_eq!(serde_json::from_str::<Sketch>(&json).unwrap(), sketch);
    }
}
