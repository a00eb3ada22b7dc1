//! What a credential may ask for.

use chancery_gate::ClientId;
use chancery_wire::v1;

use crate::log::*;

/// What the first credential may ask for at these tenants.
fn granted(log: &Log, tenants: &[u64], requested: Option<&str>) -> Option<String> {
    let client_id = ClientId::parse(CLIENT).unwrap();
    let granted = log.gate.grant(APP, "production", client_id, tenants.iter().copied())?;
    Some(log.gate.scope_text(&log.gate.asked(granted, requested)))
}

#[test]
fn rule_28_a_credential_may_ask_for_what_was_granted_and_no_more() {
    let log = connected_app();
    let all = "tn.crm.contacts:r tn.rpr.reports:r";
    assert_eq!(granted(&log, &[1234], None).as_deref(), Some(all));
    for (requested, expected) in [
        ("tn.rpr.reports:r", "tn.rpr.reports:r"),
        ("tn.rpr.reports:r tn.rpr.reports:r tn.crm.contacts:w nothing", "tn.rpr.reports:r"),
        ("tn.crm.contacts:w", ""),
        ("", ""),
    ] {
        assert_eq!(granted(&log, &[1234], Some(requested)).as_deref(), Some(expected), "{requested}");
    }
}

#[test]
fn rule_28_where_nothing_is_connected_there_is_nothing_to_ask_for() {
    let log = connected_app();
    assert_eq!(granted(&log, &[], None), None);
    assert_eq!(granted(&log, &[1235], None), None);
    let log = log.then([disabled(TENANT)]);
    assert_eq!(granted(&log, &[1234], None), None);
    let log = log.then([restored(TENANT)]);
    assert!(granted(&log, &[1234], None).is_some());
    let log = log.then([v1::AppDeleted { app_id: APP.to_string() }.into()]);
    assert_eq!(granted(&log, &[1234], None), None);
}

#[test]
fn rule_28_members_of_a_group_ask_for_what_any_of_them_granted() {
    let upgraded = v1::VersionUpgraded {
        app_id: APP.to_string(),
        tenant_id: 1235,
        environment: "production".into(),
        from_version: 1,
        version: 2,
    };
    let log =
        connected_app().then([edited(&["tn.crm.contacts:w"]), connected(1235, CLIENT), upgraded.into()]);
    let both = "tn.crm.contacts:r tn.crm.contacts:w tn.rpr.reports:r";
    assert_eq!(granted(&log, &[1234, 1235], None).as_deref(), Some(both));
    assert_eq!(granted(&log, &[1235], None).as_deref(), Some("tn.crm.contacts:w"));
}

#[test]
fn rule_28_a_token_stands_until_what_it_was_issued_on_ends() {
    let log = connected_app();
    let claims = log.claims();
    assert!(log.gate.stands(&claims, [1234]));
    assert!(!log.gate.stands(&claims, [1235]));
    for end in [
        disabled(TENANT),
        revoked(TENANT),
        v1::AppDeleted { app_id: APP.to_string() }.into(),
        v1::SecretRevoked { secret_id: SECRET.to_string(), ..Default::default() }.into(),
        v1::TokenRevoked { token_id: claims.jti.to_string(), ..Default::default() }.into(),
    ] {
        let log = connected_app().then([end, restored(TENANT + 1)]);
        assert!(!log.gate.stands(&claims, [1234]));
    }
    // Paused and resumed: tokens of before stay dead.
    let log = connected_app().then([disabled(TENANT), restored(TENANT)]);
    assert!(!log.gate.stands(&claims, [1234]));
    assert!(log.gate.stands(&log.claims(), [1234]));
}
