//! Limits are exact (rule 29).

use std::{collections::VecDeque, sync::Barrier, thread, time::Duration};

use chancery_gate::{Call, Denial, Moment};
use proptest::prelude::*;

use crate::log::*;

/// Microseconds of calls that passed.
fn passed(log: &Log, call: &Call<'_>, arrivals: &[u64]) -> Vec<u64> {
    let passes = |at: &&u64| {
        let moment = Moment { unix: NOW, monotonic: Duration::from_micros(**at) };
        log.gate.check(call, moment).is_ok()
    };
    arrivals.iter().filter(passes).copied().collect()
}

/// The same by the rule's words: pass where fewer than `calls` passed in the window that ends now.
fn expected(arrivals: &[u64], calls: usize, per: u64) -> Vec<u64> {
    let (mut window, mut passed) = (VecDeque::new(), Vec::new());
    for &at in arrivals {
        while window.front().is_some_and(|first| at - first >= per) {
            window.pop_front();
        }
        if window.len() < calls {
            window.push_back(at);
            passed.push(at);
        }
    }
    passed
}

proptest! {
    #[test]
    fn rule_29_no_second_has_more_than_sixty_and_none_is_refused_that_had_room(
        gaps in prop::collection::vec(prop_oneof![9 => 0..30_000_u64, 1 => 900_000..1_100_000_u64], 400)
    ) {
        let arrivals: Vec<u64> = gaps.iter().scan(0, |at, gap| { *at += gap; Some(*at) }).collect();
        let log = connected_app();
        let claims = log.claims();
        prop_assert_eq!(passed(&log, &call(&claims), &arrivals), expected(&arrivals, 60, 1_000_000));
    }
}

#[test]
fn rule_29_eight_threads_get_no_more_than_sixty_in_any_second_and_no_less_than_there_is_room_for() {
    let log = connected_app();
    let claims = log.claims();
    let mut rng = fastrand::Rng::with_seed(29);
    let mut arrivals: Vec<u64> = (0..10_000).map(|_| rng.u64(0..20_000_000)).collect();
    arrivals.sort_unstable();
    // Eight at a time: they meet at the lock in any order, and none is later than its seven neighbours.
    let round = Barrier::new(8);
    let mut all: Vec<u64> = thread::scope(|scope| {
        let caller = |number: usize| {
            let (log, claims, round, arrivals) = (&log, &claims, &round, &arrivals);
            scope.spawn(move || {
                let mine = arrivals.iter().skip(number).step_by(8);
                let pass = |at: &u64| {
                    round.wait();
                    passed(log, &call(claims), &[*at])
                };
                mine.flat_map(pass).collect::<Vec<_>>()
            })
        };
        let threads: Vec<_> = (0..8).map(caller).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    all.sort_unstable();
    for (index, first) in all.iter().enumerate() {
        let window = all[index..].iter().take_while(|at| *at - first < 1_000_000).count();
        assert!(window <= 60, "{window} calls in the second from {first}");
    }
    // What was refused had no room: with any one more of them, some second would have more than sixty.
    for refused in arrivals.iter().filter(|at| all.binary_search(at).is_err()) {
        let near: Vec<u64> = all.iter().copied().filter(|at| at.abs_diff(*refused) < 1_000_000).collect();
        let full = |window: &[u64]| window[59].max(*refused) - window[0].min(*refused) < 1_000_000;
        assert!(near.windows(60).any(full), "there was room at {refused}");
    }
}

#[test]
fn rule_29_a_refused_call_says_when_there_is_room_and_takes_nothing() {
    let log = connected_app();
    let claims = log.claims();
    let call = call(&claims);
    for n in 0..60 {
        log.gate.check(&call, at(n)).unwrap();
    }
    for _ in 0..100 {
        let denial = log.gate.check(&call, at(500)).unwrap_err();
        let Denial::RateLimited(quota) = denial else { panic!("{denial}") };
        assert_eq!((quota.remaining, quota.retry_after), (0, Duration::from_millis(500)));
    }
    assert_eq!(log.gate.check(&call, at(1000)).unwrap().quota.remaining, 0);
    log.gate.check(&call, at(1000)).unwrap_err();
    assert_eq!(log.gate.check(&call, at(5000)).unwrap().quota.remaining, 59);
}

#[test]
fn rule_29_a_report_is_limited_whichever_app_calls_and_apart_from_everything_else() {
    let log = connected_app();
    let claims = log.claims();
    let report = |path| Call { path, ..call(&claims) };
    let first = report("/reporting/v2/tenant/1234/reports/77");
    for n in 0..5 {
        assert_eq!(log.gate.check(&first, at(n)).unwrap().report, Some("77"));
    }
    assert_eq!(log.gate.check(&first, at(59_999)).unwrap_err().code(), "report_limited");
    log.gate.check(&report("/reporting/v2/tenant/1234/reports/78"), at(5)).unwrap();
    assert_eq!(log.gate.check(&call(&claims), at(6)).unwrap().quota.remaining, 59);
    log.gate.check(&first, at(60_000)).unwrap();
}

#[test]
fn rule_29_each_tenant_has_a_limit_of_its_own() {
    let log = connected_app().then([connected(1235, CLIENT)]);
    let claims = log.claims();
    for _ in 0..60 {
        log.gate.check(&call(&claims), at(0)).unwrap();
    }
    log.gate.check(&call(&claims), at(0)).unwrap_err();
    log.gate.check(&Call { path: "/crm/v2/tenant/1235/contacts", ..call(&claims) }, at(0)).unwrap();
}

#[test]
fn rule_29_a_report_is_limited_however_its_path_writes_it() {
    let log = connected_app();
    let claims = log.claims();
    let fetch = |report: &str, milliseconds| {
        let path = format!("/reporting/v2/tenant/1234/reports/{report}");
        let call = Call { path: &path, ..call(&claims) };
        log.gate.check(&call, at(milliseconds)).map(|allowed| allowed.report.map(str::to_owned))
    };
    for (report, milliseconds) in ["77", "077", "00077", "77?a=/x", "77"].into_iter().zip(0..) {
        assert_eq!(fetch(report, milliseconds).unwrap().as_deref(), Some("77"));
    }
    for report in ["77", "077", "0000077"] {
        assert_eq!(fetch(report, 100).unwrap_err().code(), "report_limited", "{report}");
    }
    for report in ["%37%37", "7%37", "%377", "77%20", "+77", "77%C3%A9", "77;x", "77/", &"7".repeat(101)] {
        assert_eq!(fetch(report, 100).unwrap_err().code(), "operation_unknown", "{report}");
    }
    fetch("78", 100).unwrap();
    fetch("77-", 100).unwrap();
}
