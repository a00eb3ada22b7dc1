//! What the log says and the domain has no value for is told by event type and field.

use chancery_wire::v1;

use super::to_domain;

const ID: &str = "0198f2a0-0000-7000-8000-000000000001";

/// Reads the message and expects that `field` is what it fails for.
fn check(message: impl Into<chancery_wire::Event>, field: &str) {
    let message = message.into();
    let expected = Err(format!("event {} has no usable {field}", message.event_type()));
    let read = to_domain(&message).map_err(|error| error.to_string());
    assert_eq!(read, expected);
}

#[test]
fn an_id_that_is_no_uuid_is_unusable() {
    for text in ["", "7", "0198f2a0-0000-7000-8000-00000000000g"] {
        check(v1::ApiTokenRevoked { token_id: text.into() }, "token_id");
        check(v1::AppApproved { app_id: text.into(), ..Default::default() }, "app_id");
    }
}

#[test]
fn an_optional_id_is_absent_or_a_uuid() {
    let issued = v1::ApiTokenIssued { organization_id: "7".into(), ..issued() };
    check(issued, "organization_id");
    check(v1::SecretGenerated { previous_secret_id: "7".into(), ..secret() }, "previous_secret_id");
    check(v1::SecretGenerated { retired_secret_id: "7".into(), ..secret() }, "retired_secret_id");
    check(v1::SecretGenerated { group_id: "7".into(), ..secret() }, "group_id");
    check(v1::SecretRevoked { group_id: "7".into(), ..revoked() }, "group_id");
    check(v1::TokenRevoked { app_id: ID.into(), token_id: "7".into(), ..ended() }, "token_id");
    check(v1::TokenRevoked { group_id: "7".into(), ..ended() }, "group_id");
    check(v1::TokenRevoked { expires_at: None, ..ended() }, "expires_at");
}

#[test]
fn a_tenant_has_a_number_from_1_to_2_to_the_53_minus_1() {
    for tenant_id in [0, -1, 1 << 53, i64::MIN] {
        check(v1::TenantAdded { app_id: ID.into(), tenant_id }, "tenant_id");
    }
    let tenants = vec![v1::Instance { tenant_id: 0, environment: "production".into() }];
    check(v1::ApiTokenIssued { tenants, ..issued() }, "tenants.tenant_id");
    check(
        v1::OrganizationRegistered { kind: 1, integration_tenant_id: -1, ..organization() },
        "integration_tenant_id",
    );
    for tenant_id in [-1, 1 << 53] {
        check(v1::SecretGenerated { tenant_id, ..secret() }, "tenant_id");
        check(v1::SecretRevoked { tenant_id, ..revoked() }, "tenant_id");
    }
}

#[test]
fn versions_count_from_1() {
    for version in [0, -1] {
        check(v1::ScopesEdited { app_id: ID.into(), version, ..Default::default() }, "version");
    }
    let upgraded = v1::VersionUpgraded { app_id: ID.into(), tenant_id: 1, version: 2, ..Default::default() };
    check(upgraded, "from_version");
    let declined = v1::UpgradeDeclined { app_id: ID.into(), tenant_id: 1, version: 2, ..Default::default() };
    check(declined, "granted_version");
}

#[test]
fn a_choice_is_one_that_this_build_knows() {
    for number in [0, -1, 99] {
        check(v1::OrganizationRegistered { kind: number, ..organization() }, "kind");
        check(v1::ApiTokenIssued { role: number, ..issued() }, "role");
        check(v1::AppCreated { visibility: number, ..app() }, "visibility");
        check(v1::AppCreated { credential_management: number, ..app() }, "credential_management");
        let edited = v1::AppDetailsEdited { app_id: ID.into(), visibility: number, ..Default::default() };
        check(edited, "visibility");
        let app_id = ID.to_owned();
        let changed = v1::CredentialManagementChanged { app_id, credential_management: number };
        check(changed, "credential_management");
        let ended = v1::ConnectionRevoked { app_id: ID.into(), tenant_id: 1, ..Default::default() };
        check(v1::ConnectionRevoked { cause: number, ..ended }, "cause");
        let scopes = vec![v1::Scope { access: number, ..Default::default() }];
        check(v1::ScopeCatalogPublished { scopes, ..Default::default() }, "scopes.access");
        let operations = vec![v1::Operation { kind: number, ..Default::default() }];
        check(v1::ScopeCatalogPublished { operations, ..Default::default() }, "operations.kind");
    }
}

#[test]
fn a_day_is_written_in_one_form() {
    for day in ["", "20260301", "2026-3-1", "2026-02-30", "-000001-01-01", "2026-03-01T00:00:00Z"] {
        let organization_id = ID.to_owned();
        let day = day.to_owned();
        let blocked = v1::TunnelingBlocked { organization_id, tenant_id: 1, day, ..Default::default() };
        check(blocked, "day");
    }
}

#[test]
fn a_limit_is_an_apps_or_a_reports_per_second_or_per_minute() {
    let limit = || v1::RateLimitOverridden { report_id: "7".into(), tenant_id: 1, ..Default::default() };
    check(v1::RateLimitOverridden { app_id: ID.into(), ..limit() }, "report_id");
    check(v1::RateLimitOverridden { report_id: String::new(), ..limit() }, "report_id");
    check(v1::RateLimitOverridden { app_id: "7".into(), ..limit() }, "app_id");
    for per_seconds in [0, 2, 3600] {
        check(v1::RateLimitOverridden { calls: 1, per_seconds, ..limit() }, "per_seconds");
    }
}

#[test]
fn what_was_done_to_a_projection_names_what_it_is_about() {
    use v1::{ProjectionOperated as Operated, ProjectionOperation as Operation};
    let operated = |operation: Operation| Operated { operation: operation.into(), ..Default::default() };
    check(Operated::default(), "operation");
    check(Operated { operation: 99, ..Default::default() }, "operation");
    for operation in [Operation::Rebuild, Operation::Promote, Operation::Verify, Operation::CancelRebuild] {
        check(operated(operation), "operation_id");
    }
    for position in [0, -1] {
        check(Operated { position, ..operated(Operation::Retry) }, "position");
        check(Operated { position, ..operated(Operation::Skip) }, "position");
    }
    let rebuild = || Operated { operation_id: ID.to_owned(), ..operated(Operation::Rebuild) };
    check(rebuild(), "promote");
    check(Operated { events_per_second: -1, ..rebuild() }, "events_per_second");
}

#[test]
fn a_hash_has_32_bytes() {
    for length in [0, 31, 33] {
        check(v1::ApiTokenIssued { sha256: vec![0; length], ..issued() }, "sha256");
        check(v1::SecretGenerated { sha256: vec![0; length], ..secret() }, "sha256");
    }
}

fn organization() -> v1::OrganizationRegistered {
    v1::OrganizationRegistered { organization_id: ID.into(), ..Default::default() }
}

fn issued() -> v1::ApiTokenIssued {
    let role = v1::Role::Developer.into();
    v1::ApiTokenIssued { token_id: ID.into(), role, sha256: vec![0; 32], ..Default::default() }
}

fn app() -> v1::AppCreated {
    v1::AppCreated {
        app_id: ID.into(),
        organization_id: ID.into(),
        visibility: v1::Visibility::Public.into(),
        credential_management: v1::CredentialManagement::Developer.into(),
        instance_tenant_id: 1,
        ..Default::default()
    }
}

fn secret() -> v1::SecretGenerated {
    v1::SecretGenerated {
        app_id: ID.into(),
        tenant_id: 1,
        secret_id: ID.into(),
        sha256: vec![0; 32],
        ..Default::default()
    }
}

fn revoked() -> v1::SecretRevoked {
    v1::SecretRevoked { app_id: ID.into(), tenant_id: 1, secret_id: ID.into(), ..Default::default() }
}

fn ended() -> v1::TokenRevoked {
    v1::TokenRevoked {
        app_id: ID.into(),
        token_id: ID.into(),
        expires_at: Some(jiff::Timestamp::UNIX_EPOCH.into()),
        ..Default::default()
    }
}
