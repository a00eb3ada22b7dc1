//! What is told of a call beside its decision.

use chancery_gate::{Call, TokenState};
use chancery_wire::v1;

use crate::log::*;

#[test]
fn rule_21_a_token_is_told_with_what_the_grant_still_has() {
    let read = "tn.crm.contacts:r";
    let log = connected_app();
    let claims = log.claims_for("tn.crm.contacts:r tn.rpr.reports:r");
    let told = |log: &Log| {
        let allowed = log.check(&call(&claims)).unwrap();
        log.gate.narrowed(&claims, &allowed)
    };
    assert_eq!(told(&log), None, "all that the token has is granted");
    let upgraded = v1::VersionUpgraded {
        app_id: APP.to_string(),
        tenant_id: TENANT,
        environment: "production".into(),
        from_version: 1,
        version: 2,
    };
    let log = log.then([edited(&[read])]);
    assert_eq!(told(&log), None, "the tenant is still on version 1");
    assert_eq!(told(&log.then([upgraded.into()])).as_deref(), Some(read));
}

#[test]
fn a_refused_call_is_told_by_what_the_catalog_and_the_tokens_own_credential_say() {
    let log = connected_app();
    let claims = log.claims();
    let aim = log.gate.aim(&Call { method: "POST", ..call(&claims) });
    let operation = aim.operation.unwrap();
    assert_eq!(
        (operation.id, operation.scope),
        ("POST /crm/v2/tenant/{tenant}/contacts", "tn.crm.contacts:w")
    );
    assert_eq!((aim.tenant_id, aim.connection.unwrap().granted_version), (Some(1234), 1));
    assert!(operation.report.is_none());
    let report = Call { method: "GET", path: "/reporting/v2/tenant/1234/reports/77", ..call(&claims) };
    assert_eq!(log.gate.aim(&report).operation.unwrap().report, Some("77"));
    // Who names a tenant of somebody else hears its own words and nothing of that tenant.
    let elsewhere = log.gate.aim(&Call { path: "/crm/v2/tenant/4711/contacts", ..call(&claims) });
    assert!(elsewhere.tenant_id == Some(4711) && elsewhere.connection.is_none());
    let nowhere = log.gate.aim(&Call { path: "/nowhere", ..call(&claims) });
    assert!(nowhere.operation.is_none() && nowhere.tenant_id.is_none() && nowhere.connection.is_none());
    let nobody = log.gate.aim(&Call { token: TokenState::Invalid, ..call(&claims) });
    assert!(nobody.operation.is_some() && nobody.connection.is_none());
}
