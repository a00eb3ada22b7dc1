//! Limits that the platform set case by case hold at once (rule 29).

use std::time::Duration;

use chancery_gate::{Call, Denial, Limit, Quota};

use crate::log::*;

/// How many of the calls pass.
fn pass(log: &Log, call: &Call<'_>, milliseconds: impl IntoIterator<Item = u64>) -> usize {
    milliseconds.into_iter().filter(|ms| log.gate.check(call, at(*ms)).is_ok()).count()
}

fn refused(log: &Log, call: &Call<'_>, milliseconds: u64) -> Quota {
    match log.gate.check(call, at(milliseconds)) {
        Err(Denial::RateLimited(quota) | Denial::ReportLimited(quota)) => quota,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rule_29_a_raised_limit_makes_room_at_once_beside_what_counts() {
    let mut log = connected_app();
    let claims = log.claims();
    let call = call(&claims);
    assert_eq!(pass(&log, &call, 0..100), 60);
    log.append(&limited(TENANT, 100, 1));
    assert_eq!(pass(&log, &call, 100..200), 40);
    assert_eq!(refused(&log, &call, 200).limit, Limit { calls: 100, per: Duration::from_secs(1) });
}

#[test]
fn rule_29_a_lowered_limit_holds_against_the_calls_that_count_already() {
    let mut log = connected_app();
    let claims = log.claims();
    let call = call(&claims);
    assert_eq!(pass(&log, &call, 0..60), 60);
    log.append(&limited(TENANT, 2, 1));
    // Fewer than two of them count from the moment at which the last but one ends.
    let quota = refused(&log, &call, 100);
    assert_eq!((quota.limit.calls, quota.remaining), (2, 0));
    assert_eq!(quota.retry_after, Duration::from_millis(958));
    assert_eq!(pass(&log, &call, 900..1058), 0);
    assert_eq!(pass(&log, &call, 1058..1100), 2);
}

#[test]
fn rule_29_a_longer_window_holds_against_the_calls_that_count_already() {
    let mut log = connected_app();
    let claims = log.claims();
    let call = call(&claims);
    assert_eq!(pass(&log, &call, 0..30), 30);
    log.append(&limited(TENANT, 40, 60));
    // Other tenants' calls make the table forget what counts no longer.
    for tenant_id in 10_000..40_000 {
        log.append(&connected(tenant_id, CLIENT));
        let path = format!("/crm/v2/tenant/{tenant_id}/contacts");
        log.gate.check(&Call { path: &path, ..call }, at(30_000)).unwrap();
    }
    assert_eq!(pass(&log, &call, 30_000..30_100), 10);
    assert_eq!(refused(&log, &call, 31_000).retry_after, Duration::from_secs(29));
}

#[test]
fn rule_29_the_usual_limit_comes_back_at_once() {
    let mut log = connected_app().then([limited(TENANT, 1, 60)]);
    let claims = log.claims();
    let call = call(&claims);
    assert_eq!(pass(&log, &call, 0..100), 1);
    log.append(&limited(TENANT, 0, 0));
    assert_eq!(pass(&log, &call, 100..200), 59);
}

#[test]
fn rule_29_an_override_is_of_one_app_tenant_and_environment() {
    let log = connected_app().then([connected(1235, CLIENT), limited(1235, 1, 1)]);
    let claims = log.claims();
    assert_eq!(pass(&log, &call(&claims), 0..100), 60);
    let other = Call { path: "/crm/v2/tenant/1235/contacts", ..call(&claims) };
    assert_eq!(pass(&log, &other, 0..100), 1);
}

#[test]
fn rule_29_a_reports_override_is_of_one_report_and_tenant() {
    let mut log = connected_app().then([report_limited(TENANT, "77", 7, 1)]);
    let claims = log.claims();
    let report = |path| Call { path, ..call(&claims) };
    let (first, second) =
        (report("/reporting/v2/tenant/1234/reports/77"), report("/reporting/v2/tenant/1234/reports/78"));
    assert_eq!(pass(&log, &first, 0..100), 7);
    assert_eq!(pass(&log, &first, 1000..1100), 7);
    assert_eq!(pass(&log, &second, 0..100), 5);
    log.append(&report_limited(TENANT, "77", 0, 0));
    // Five a minute again, and seven of the last minute count: those of the second before are forgotten.
    assert_eq!(pass(&log, &first, 1200..1300), 0);
    assert_eq!(refused(&log, &first, 1300).limit, Limit::REPORTING);
}

#[test]
fn rule_29_an_override_is_shared_among_gates_like_the_usual_limit() {
    let mut log = Log::with_share(0.5).then([catalog(), created(), connected(TENANT, CLIENT)]);
    let claims = log.claims();
    assert_eq!(pass(&log, &call(&claims), 0..100), 30);
    log.append(&limited(TENANT, 101, 1));
    assert_eq!(pass(&log, &call(&claims), 100..200), 20);
}

#[test]
fn rule_29_a_reports_override_holds_however_it_and_the_path_write_the_report() {
    let mut log = connected_app().then([report_limited(TENANT, "0077", 7, 60)]);
    let claims = log.claims();
    let report = |path| Call { path, ..call(&claims) };
    let (first, second) =
        (report("/reporting/v2/tenant/1234/reports/77"), report("/reporting/v2/tenant/1234/reports/00077"));
    assert_eq!(pass(&log, &first, 0..4) + pass(&log, &second, 4..100), 7);
    log.append(&report_limited(TENANT, "77", 8, 60));
    assert_eq!(pass(&log, &second, 100..200), 1);
    assert_eq!(refused(&log, &first, 200).limit.calls, 8);
}

#[test]
fn rule_29_an_override_holds_for_an_app_that_connects_later() {
    let log = Log::new().then([catalog(), created(), limited(TENANT, 3, 1), connected(TENANT, CLIENT)]);
    let claims = log.claims();
    assert_eq!(pass(&log, &call(&claims), 0..100), 3);
}

#[test]
fn rule_29_calls_go_on_to_count_when_a_connection_ends_and_is_made_again() {
    let mut log = connected_app();
    assert_eq!(pass(&log, &call(&log.claims()), 0..50), 50);
    // The gate goes on in a copy of what a snapshot shares.
    let snapshot = log.gate.snapshot();
    log = log.then([revoked(TENANT), connected(TENANT, CLIENT)]);
    drop(snapshot);
    let claims = log.claims();
    assert_eq!(pass(&log, &call(&claims), 50..200), 10);
    assert_eq!(pass(&log, &call(&claims), 1000..1049), 49);
}

#[test]
fn rule_29_what_counts_is_kept_while_what_other_callers_did_is_forgotten() {
    let mut log = connected_app().then((5000..5400).map(|tenant_id| connected(tenant_id, CLIENT)));
    log.append(&limited(TENANT, 100, 60));
    let claims = log.claims();
    assert_eq!(pass(&log, &call(&claims), 0..70), 70);
    for second in 0..4 {
        for tenant_id in 5000..5400 {
            let path = format!("/crm/v2/tenant/{tenant_id}/contacts");
            let call = Call { path: &path, ..call(&claims) };
            assert_eq!(pass(&log, &call, second * 1000..second * 1000 + 90), 60, "{tenant_id}, {second}");
        }
    }
    assert_eq!(pass(&log, &call(&claims), 5000..5100), 30);
    assert_eq!(pass(&log, &call(&claims), 60_000..60_040), 40);
}
