//! Each check of the gate, and which one decides where several fail.

use chancery_gate::{ApplyError, Call, Denial, Gate, Held, Settings, TokenState};
use chancery_wire::{Event, Position, v1};
use uuid::Uuid;

use crate::log::*;

/// The code of the refusal, or `allowed`.
fn code(log: &Log, call: &Call<'_>) -> &'static str {
    log.check(call).map_or_else(|denial| denial.code(), |_| "allowed")
}

#[test]
fn rule_30_a_call_that_fulfils_all_conditions_passes() {
    let log = connected_app();
    let claims = log.claims();
    let allowed = log.check(&call(&claims)).unwrap();
    assert_eq!((allowed.app_id, allowed.tenant_id, allowed.granted_version), (APP, 1234, 1));
    assert_eq!(
        (allowed.operation, allowed.scope),
        ("GET /crm/v2/tenant/{tenant}/contacts", "tn.crm.contacts:r")
    );
    assert_eq!((allowed.quota.remaining, allowed.group_id, allowed.report), (59, None, None));
}

#[test]
fn rule_30_each_condition_that_fails_has_its_code() {
    let log = connected_app();
    let claims = log.claims();
    let good = call(&claims);
    let late = {
        let mut late = claims.clone();
        late.expires = NOW;
        late
    };
    let unknown = format!("ak1.{}", "1".repeat(25));
    for (expected, call) in [
        ("app_key_missing", Call { app_key: None, ..good }),
        ("app_unknown", Call { app_key: Some(&unknown), ..good }),
        ("app_unknown", Call { app_key: Some(""), ..good }),
        ("token_missing", Call { token: TokenState::Missing, ..good }),
        ("token_invalid", Call { token: TokenState::Invalid, ..good }),
        ("token_expired", Call { token: TokenState::Verified(&late), ..good }),
        ("environment_mismatch", Call { environment: "integration", ..good }),
        ("environment_mismatch", Call { environment: "", ..good }),
        ("operation_unknown", Call { path: "/crm/v2/tenant/1234/contact", ..good }),
        ("operation_unknown", Call { method: "PUT", ..good }),
        ("tenant_mismatch", Call { path: "/crm/v2/tenant/1235/contacts", ..good }),
        ("tenant_mismatch", Call { path: "/crm/v2/tenant/01234/contacts", ..good }),
        ("scope_missing", Call { method: "POST", ..good }),
    ] {
        assert_eq!(code(&log, &call), expected, "{call:?}");
    }
}

#[test]
fn rule_30_the_first_failing_check_decides() {
    // Everything is wrong at once; then one thing after the other is put right, in the order of the checks.
    let mut log = connected_app().then([created_other(), connected(1235, OTHER_CLIENT), disabled(TENANT)]);
    log.append(&v1::AppDeleted { app_id: OTHER.to_string() }.into());
    let mut claims = log.claims_for("");
    claims.expires = NOW;
    let key = |text| Some(text);
    let wrong = Call {
        method: "PUT",
        path: "/nowhere",
        environment: "nowhere",
        app_key: None,
        token: TokenState::Missing,
    };
    assert_eq!(code(&log, &wrong), "app_key_missing");
    assert_eq!(code(&log, &Call { app_key: key("x"), ..wrong }), "app_unknown");
    let wrong = Call { app_key: key(OTHER_KEY), ..wrong };
    assert_eq!(code(&log, &wrong), "token_missing");
    assert_eq!(code(&log, &Call { token: TokenState::Invalid, ..wrong }), "token_invalid");
    assert_eq!(code(&log, &Call { token: TokenState::Verified(&claims), ..wrong }), "token_expired");
    let mut fresh = claims.clone();
    fresh.expires = NOW + 1;
    let wrong = Call { token: TokenState::Verified(&fresh), ..wrong };
    assert_eq!(code(&log, &wrong), "app_deleted");
    let wrong = Call { app_key: key(KEY), ..wrong };
    assert_eq!(code(&log, &wrong), "environment_mismatch");
    let wrong = Call { environment: "production", ..wrong };
    assert_eq!(code(&log, &wrong), "operation_unknown");
    let wrong = Call { method: "POST", path: "/crm/v2/tenant/1235/contacts", ..wrong };
    assert_eq!(code(&log, &wrong), "tenant_mismatch");
    let wrong = Call { path: "/crm/v2/tenant/1234/contacts", ..wrong };
    assert_eq!(code(&log, &wrong), "disabled");
}

const OTHER: Uuid = Uuid::from_u128(0xb);
const OTHER_KEY: &str = "ak1.1111111111111111111111111";
const OTHER_CLIENT: &str = "cid.1111111111111111111111111";

fn created_other() -> Event {
    v1::AppCreated { app_id: OTHER.to_string(), app_key: OTHER_KEY.into(), ..Default::default() }.into()
}

#[test]
fn rule_30_a_key_and_a_token_of_different_apps_do_not_go_together() {
    let log = connected_app().then([created_other()]);
    let claims = log.claims();
    assert_eq!(code(&log, &Call { app_key: Some(OTHER_KEY), ..call(&claims) }), "key_token_mismatch");
}

#[test]
fn rule_30_a_deleted_apps_tokens_open_nothing() {
    let log = connected_app();
    let claims = log.claims();
    let log = log.then([v1::AppDeleted { app_id: APP.to_string() }.into()]);
    assert_eq!(code(&log, &call(&claims)), "app_deleted");
}

#[test]
fn rule_30_a_token_of_before_the_pause_stays_dead_after_it() {
    let log = connected_app();
    let before = log.claims();
    let log = log.then([disabled(TENANT)]);
    assert_eq!(code(&log, &call(&before)), "token_cut_off");
    assert_eq!(code(&log, &call(&log.claims())), "token_cut_off");
    let log = log.then([catalog()]);
    assert_eq!(code(&log, &call(&log.claims())), "disabled");
    let log = log.then([restored(TENANT)]);
    assert_eq!(code(&log, &call(&before)), "token_cut_off");
    assert_eq!(code(&log, &call(&log.claims())), "allowed");
}

#[test]
fn rule_30_a_revoked_connection_opens_nothing_and_a_new_one_has_another_client() {
    let log = connected_app();
    let before = log.claims();
    let log = log.then([revoked(TENANT), catalog()]);
    assert_eq!(code(&log, &call(&before)), "token_cut_off");
    assert_eq!(code(&log, &call(&log.claims())), "not_connected");
    let log = log.then([connected(TENANT, OTHER_CLIENT)]);
    assert_eq!(code(&log, &call(&before)), "tenant_mismatch");
}

#[test]
fn rule_30_members_of_a_group_share_a_client_and_each_has_its_own_connection() {
    let log = connected_app().then([connected(1235, CLIENT)]);
    let claims = log.claims();
    let second = Call { path: "/crm/v2/tenant/1235/contacts", ..call(&claims) };
    assert_eq!(code(&log, &second), "allowed");
    let log = log.then([revoked(1235)]);
    assert_eq!(code(&log, &Call { path: second.path, ..call(&claims) }), "token_cut_off");
    assert_eq!(code(&log, &call(&claims)), "allowed");
    // Back in the group: the shared client id opens it, for tokens of now.
    let log = log.then([connected(1235, CLIENT)]);
    assert_eq!(code(&log, &Call { path: second.path, ..call(&claims) }), "token_cut_off");
    assert_eq!(code(&log, &Call { path: second.path, ..call(&log.claims()) }), "allowed");
}

#[test]
fn rule_30_what_was_issued_on_a_revoked_secret_stops() {
    let revoke = |event: Event| {
        let log = connected_app();
        let claims = log.claims();
        let log = log.then([event]);
        code(&log, &call(&claims))
    };
    let revoked = v1::SecretRevoked { secret_id: SECRET.to_string(), ..Default::default() };
    assert_eq!(revoke(revoked.into()), "token_cut_off");
    let made_room = v1::SecretGenerated { retired_secret_id: SECRET.to_string(), ..Default::default() };
    assert_eq!(revoke(made_room.into()), "token_cut_off");
    let retired = |seconds: i64| v1::SecretGenerated {
        previous_secret_id: SECRET.to_string(),
        previous_retires_at: Some(jiff::Timestamp::from_second(seconds).unwrap().into()),
        ..Default::default()
    };
    assert_eq!(revoke(retired(NOW).into()), "token_cut_off");
    assert_eq!(revoke(retired(NOW + 60).into()), "allowed");
}

#[test]
fn rule_30_scopes_come_into_play_with_the_upgrade() {
    let scopes = ["tn.crm.contacts:r", "tn.crm.contacts:w"];
    let log = connected_app().then([edited(&scopes)]);
    let claims = log.claims();
    let post = Call { method: "POST", ..call(&claims) };
    let held = |held_from_version, granted_version, granted| {
        let scope = "tn.crm.contacts:w".to_owned();
        Denial::ScopeMissing(Box::new(Held {
            scope,
            granted_version,
            latest_version: 2,
            held_from_version,
            granted,
        }))
    };
    let denial = log.check(&post).unwrap_err();
    assert_eq!(denial, held(Some(2), 1, false));
    assert_eq!(
        denial.to_string(),
        "Ask the tenant's admin to upgrade from version 1 to 2: tn.crm.contacts:w is in the app since version 2."
    );
    let upgraded = v1::VersionUpgraded {
        app_id: APP.to_string(),
        tenant_id: TENANT,
        environment: "production".into(),
        from_version: 1,
        version: 2,
    };
    let log = log.then([upgraded.into()]);
    let claims = log.claims();
    assert_eq!(code(&log, &Call { method: "POST", ..call(&claims) }), "allowed");
    let less = log.claims_for("tn.crm.contacts:r");
    let denial = log.check(&Call { method: "POST", ..call(&less) }).unwrap_err();
    assert_eq!(denial, held(Some(2), 2, true));
}

#[test]
fn events_apply_in_order_and_once() {
    let mut gate = Gate::new(Settings::default());
    gate.apply(&recorded(Position::new(1), &catalog())).unwrap();
    gate.apply(&recorded(Position::new(1), &created())).unwrap();
    assert_eq!(gate.position(), Position::new(1));
    let gap = gate.apply(&recorded(Position::new(3), &created())).unwrap_err();
    assert!(matches!(gap, ApplyError::Gap { expected, .. } if expected == Position::new(2)), "{gap}");
    let mut unknown = recorded(Position::new(2), &created());
    unknown.event_type = "SomethingNew".into();
    gate.apply(&unknown).unwrap();
    let mut broken = recorded(Position::new(3), &created());
    broken.data = "{}".into();
    assert!(matches!(gate.apply(&broken), Err(ApplyError::Field { field: "app_key", .. })));
    assert_eq!(gate.position(), Position::new(2));
}

#[test]
fn rule_30_a_revoked_token_is_cut_off_and_the_others_of_its_secret_are_not() {
    let log = connected_app();
    let claims = log.claims();
    let mut other = claims.clone();
    other.jti = Uuid::from_u128(0x8);
    let revoked = v1::TokenRevoked { token_id: claims.jti.to_string(), ..Default::default() };
    let log = log.then([revoked.into()]);
    assert_eq!(code(&log, &call(&claims)), "token_cut_off");
    assert_eq!(code(&log, &call(&other)), "allowed");
}
