//! Counting and merging, without a server.

use std::{thread, time::Duration};

use chancery_gate::ClientId;
use chancery_wire::usage::{StatusClass, UsageBatch};
use uuid::Uuid;

use super::{Finished, Key, Line, Meter, OTHER, Outcome, Settings, backlog::Backlog, tally::Tally};

const SECOND: i64 = 1_800_000_000;

fn key(tenant_id: u64) -> Key<'static> {
    Key {
        app_id: Some(Uuid::from_u128(1)),
        version: Some(2),
        tenant_id: Some(tenant_id),
        environment: Some("production"),
        client_id: ClientId::parse("cid.0123456789012345678901234"),
        secret_id: Some(Uuid::from_u128(3)),
        module: Some("crm"),
        operation: Some("Contacts_GetList"),
        method: Some("GET"),
        scope: Some("tn.crm.contacts:r"),
        ..Key::only(Outcome::ALLOWED)
    }
}

const DONE: Finished =
    Finished { status: 200, latency: Duration::from_millis(12), bytes_in: 10, bytes_out: 1_000 };

/// The batches of what was taken, as they are sent.
fn batches(backlog: &mut Backlog) -> Vec<UsageBatch> {
    let (mut batches, mut next) = (Vec::new(), 1);
    while !backlog.is_empty() {
        let popped = backlog.pop(Uuid::now_v7(), next);
        next += popped.len() as u64;
        batches.extend(popped.into_iter().map(|numbered| numbered.batch));
    }
    for batch in &batches {
        let json = batch.to_json();
        assert_eq!(UsageBatch::from_json(&json).unwrap(), *batch);
    }
    batches
}

fn batch(lines: Vec<(Line, Tally)>) -> Vec<UsageBatch> {
    let mut backlog = Backlog::default();
    backlog.push(SECOND, SECOND + 1, lines, &Meter::default().stats);
    batches(&mut backlog)
}

fn calls(batches: &[UsageBatch]) -> u64 {
    batches.iter().flat_map(|batch| &batch.items).map(|item| item.calls).sum()
}

#[test]
fn a_second_that_is_over_is_taken_once_and_the_most_calls_of_a_second_are_kept() {
    let meter = Meter::default();
    (0..5).for_each(|_| meter.record_decision(&key(1), SECOND));
    assert!(meter.take(SECOND).is_empty(), "the second runs");
    (0..3).for_each(|_| meter.record_decision(&key(1), SECOND + 1));
    let taken = meter.take(SECOND + 2);
    assert_eq!(taken.iter().map(|(_, tally)| (tally.calls, tally.peak)).collect::<Vec<_>>(), [(8, 5)]);
    assert!(meter.take(SECOND + 3).is_empty());

    meter.record_decision(&key(1), SECOND + 3);
    meter.record_decision(&key(1), SECOND + 4);
    assert_eq!(meter.take(SECOND + 4).iter().map(|(_, tally)| tally.calls).sum::<u64>(), 1);
    assert_eq!(meter.take(SECOND + 5).iter().map(|(_, tally)| tally.calls).sum::<u64>(), 1);
}

#[test]
fn a_clock_that_goes_back_loses_no_call() {
    let meter = Meter::default();
    for second in [9, 4, 9, 10, 2] {
        meter.record_decision(&key(1), SECOND + second);
    }
    assert_eq!(meter.take(SECOND + 11).iter().map(|(_, tally)| tally.calls).sum::<u64>(), 5);
}

#[test]
fn every_dimension_is_told() {
    let meter = Meter::default();
    let key = Key { group_id: Some(Uuid::from_u128(7)), report_id: Some("4711"), ..key(1001) };
    meter.record_decision(&key, SECOND);
    let [batch] = &batch(meter.take(SECOND + 1))[..] else { panic!("one batch") };
    let told = serde_json::to_value(&batch.items[0]).unwrap();
    let expected = serde_json::json!({
        "dimensions": {
            "app_id": "00000000-0000-0000-0000-000000000001", "version": 2, "tenant_id": 1001,
            "group_id": "00000000-0000-0000-0000-000000000007", "environment": "production",
            "client_id": "cid.0123456789012345678901234", "secret_id": "00000000-0000-0000-0000-000000000003",
            "module": "crm", "operation": "Contacts_GetList", "method": "GET", "scope": "tn.crm.contacts:r",
            "report_id": "4711", "outcome": "allowed",
        },
        "calls": 1,
        "peak_per_second": 1,
    });
    assert_eq!(told, expected);
}

#[test]
fn finished_calls_are_told_by_class_with_their_latency_and_bytes() {
    let meter = Meter::default();
    let refused = Key { outcome: Outcome::of("rate_limited"), ..key(1) };
    meter.record_decision(&refused, SECOND);
    for status in [200, 204, 500] {
        meter.record_finished(&refused, &Finished { status, ..DONE }, SECOND);
    }
    let told = batch(meter.take(SECOND + 1));
    let of = |class| told[0].items.iter().find(|item| item.status_class == class).unwrap();
    let done = of(Some(StatusClass::Success));
    assert_eq!((done.calls, done.bytes_in, done.bytes_out), (2, 20, 2_000));
    assert_eq!(done.dimensions.outcome, "allowed", "who finished has passed");
    let p50 = done.latency_sketch.as_ref().unwrap().quantile(0.5).unwrap();
    assert!((11_880.0..=12_120.0).contains(&p50), "{p50} µs");
    assert_eq!(of(Some(StatusClass::ServerError)).calls, 1);
    let decided = of(None);
    assert_eq!((decided.calls, &*decided.dimensions.outcome), (1, "rate_limited"));
    assert!(decided.latency_sketch.is_none());
}

#[test]
fn eight_threads_count_every_call() {
    let meter = Meter::default();
    thread::scope(|scope| {
        for thread in 0..8 {
            let meter = &meter;
            scope.spawn(move || {
                for call in 0..20_000_u32 {
                    let key = key(u64::from(call % 97) + 1);
                    meter.record_decision(&key, SECOND + i64::from(call / 5_000));
                    if call % 2 == thread % 2 {
                        meter.record_finished(&key, &DONE, SECOND);
                    }
                }
            });
        }
        // Meanwhile somebody takes.
        let taken = (0..50).flat_map(|_| meter.take(SECOND + 2)).map(|(_, tally)| tally.calls).sum::<u64>();
        scope.spawn(move || assert!(taken <= 240_000));
        meter.stats.count_waiting(taken);
    });
    let rest: u64 = meter.take(SECOND + 10).iter().map(|(_, tally)| tally.calls).sum();
    assert_eq!(rest + meter.stats.waiting(), 240_000);
}

#[test]
fn too_many_keys_are_counted_by_outcome_and_that_is_told() {
    let meter = Meter::new(Settings { keys: 320 });
    for tenant in 1..=10_000 {
        let outcome = if tenant % 2 == 0 { Outcome::ALLOWED } else { Outcome::of("scope_missing") };
        meter.record_decision(&Key { outcome, ..key(tenant) }, SECOND);
    }
    let told = batch(meter.take(SECOND + 1));
    assert_eq!(calls(&told), 10_000);
    let items = || told.iter().flat_map(|batch| &batch.items);
    let other = || items().filter(|item| item.dimensions.operation.as_deref() == Some(OTHER));
    assert_eq!(other().map(|item| item.calls).sum::<u64>(), meter.stats().unkeyed());
    assert!(items().count() - other().count() <= 320);
    assert!(other().all(|item| item.dimensions.tenant_id.is_none()));
    // The known ones are known on.
    let known = items().find(|item| item.dimensions.tenant_id.is_some()).unwrap().dimensions.clone();
    let again = Key {
        outcome: if known.outcome == "allowed" { Outcome::ALLOWED } else { Outcome::of("scope_missing") },
        ..key(known.tenant_id.unwrap())
    };
    meter.record_decision(&again, SECOND + 1);
    assert_eq!(batch(meter.take(SECOND + 2))[0].items[0].dimensions, known);
}

#[test]
fn keys_that_nobody_calls_under_are_forgotten() {
    let meter = Meter::new(Settings { keys: 32 });
    for round in 0..1_000 {
        meter.record_decision(&key(1 + u64::try_from(round / 200).unwrap()), SECOND + round);
        meter.take(SECOND + round + 1);
        assert!(meter.stats().keys() <= 3);
    }
}

/// A canary: whatever a caller puts into its path, no secret and no token is kept.
#[test]
fn a_word_that_could_be_a_secret_is_not_kept() {
    let secret = format!("cs1.{}", "k3".repeat(25));
    let token = format!("ct1.{}", "z9".repeat(25));
    let jwt = format!("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ.{0}.{0}", "aZ-_".repeat(30));
    let meter = Meter::default();
    for canary in [&secret, &token, &jwt, &jwt[..60]] {
        for key in [
            Key { report_id: Some(canary), ..key(1) },
            Key { operation: Some(canary), ..key(1) },
            Key { method: Some(canary), ..key(1) },
            Key { environment: Some(canary), ..key(1) },
        ] {
            meter.record_decision(&key, SECOND);
            meter.record_finished(&key, &DONE, SECOND);
        }
    }
    assert_eq!(meter.stats().unkeyed(), 32);
    let held = format!("{meter:?}");
    let told = batch(meter.take(SECOND + 1));
    let sent = String::from_utf8(told.iter().flat_map(UsageBatch::to_json).collect()).unwrap();
    assert_eq!(calls(&told), 32);
    for canary in [&secret, &token, &jwt] {
        for part in [&canary[..30], &canary[canary.len() - 30..]] {
            assert!(!held.contains(part) && !sent.contains(part), "{part} is kept");
        }
    }
}

#[test]
fn what_a_batch_has_no_place_for_is_counted_all_the_same() {
    let meter = Meter::default();
    let long = "x-".repeat(100);
    for key in [
        Key { tenant_id: Some(u64::MAX), ..key(1) },
        Key { version: Some(0), ..key(1) },
        Key { report_id: Some("with a space"), ..key(1) },
        Key { report_id: Some(""), ..key(1) },
        Key { operation: Some(&long), ..key(1) },
    ] {
        meter.record_decision(&key, SECOND);
    }
    assert_eq!(calls(&batch(meter.take(SECOND + 1))), 5);
}

#[test]
fn what_waits_merges_into_minutes_and_keeps_every_call_and_peak() {
    let (meter, mut backlog) = (Meter::default(), Backlog::default());
    for second in 0..1_000 {
        for _ in 0..=(second % 7) {
            meter.record_decision(&key(1), SECOND + second);
        }
        backlog.push(SECOND + second, SECOND + second + 1, meter.take(SECOND + second + 1), &meter.stats);
    }
    let told = batches(&mut backlog);
    assert!(told.len() <= 17 + 6, "{} batches", told.len());
    assert_eq!(calls(&told), (0..1_000).map(|second| second % 7 + 1).sum::<u64>());
    assert_eq!(told[0].items[0].peak_per_second, Some(7));
    assert!(told.windows(2).all(|pair| pair[0].to <= pair[1].from), "each second in one batch");
    let minute = |batch: &UsageBatch| batch.from.as_second() / 60;
    assert!(told.iter().all(|batch| minute(batch) == (batch.to.as_second() - 1) / 60), "each in its minute");
}

#[test]
fn what_waits_for_too_long_is_told_by_outcome_and_every_call_is_kept() {
    let (meter, mut backlog) = (Meter::default(), Backlog::default());
    let minutes = 20;
    for minute in 0..minutes {
        for tenant in 1..=15_000 {
            meter.record_decision(&key(tenant), SECOND + minute * 60);
        }
        let now = SECOND + minute * 60;
        backlog.push(now, now + 1, meter.take(now + 1), &meter.stats);
    }
    let told = batches(&mut backlog);
    assert_eq!(calls(&told), 15_000 * minutes.unsigned_abs());
    assert!(told.iter().map(|batch| batch.items.len()).sum::<usize>() <= 200_000);
    assert!(meter.stats().unkeyed() >= 100_000);
    let newest = told.last().unwrap();
    assert!(
        newest.items.iter().all(|item| item.dimensions.tenant_id.is_some()),
        "the newest is told in full"
    );
}

#[test]
fn weeks_without_anybody_to_tell_keep_every_call_in_bounds() {
    let (meter, mut backlog) = (Meter::default(), Backlog::default());
    let minutes = 9 * 24 * 60;
    for minute in 0..minutes {
        let now = SECOND + minute * 60;
        meter.record_decision(&key(1), now);
        backlog.push(now, now + 60, meter.take(now + 60), &meter.stats);
    }
    let told = batches(&mut backlog);
    assert_eq!(calls(&told), minutes.unsigned_abs());
    assert!(told.len() <= 5 * 24 * 60);
}
