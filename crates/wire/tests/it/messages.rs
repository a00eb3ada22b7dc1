//! Every event's message, with every field set, and with no more than it needs. The corpus holds their bytes.

use chancery_wire::{Event, v1};
use jiff::Timestamp;

/// One message of each type, every field set.
pub fn full() -> Vec<Event> {
    [owners(), apps(), connections(), endings(), networks()].concat()
}

/// The messages that grew, with every field that they had at first.
pub fn at_first() -> Vec<Event> {
    vec![
        v1::TenantConnected { group_id: String::new(), ..connected() }.into(),
        v1::SecretGenerated { group_id: String::new(), ..generated() }.into(),
    ]
}

/// What is of a group and not of one tenant.
pub fn shared() -> Vec<Event> {
    vec![
        v1::SecretGenerated { tenant_id: 0, group_id: id(10), ..first_secret() }.into(),
        v1::SecretRevoked { tenant_id: 0, ..revoked() }.into(),
        v1::TokenRevoked { tenant_id: 0, ..revoked_token() }.into(),
    ]
}

/// What is of a report and not of one app.
pub fn of_reports() -> Vec<Event> {
    vec![v1::RateLimitOverridden { app_id: String::new(), ..report_limited() }.into()]
}

/// The least that a message of a type says, where that is less than all.
pub fn minimal() -> Vec<Event> {
    vec![
        v1::OrganizationRegistered {
            organization_id: id(1),
            name: "Northern Heating".into(),
            kind: v1::OrganizationKind::Customer.into(),
            customer_id: "c-1001".into(),
            integration_tenant_id: 0,
        }
        .into(),
        v1::ScopeCatalogPublished::default().into(),
        v1::ApiTokenIssued {
            token_id: id(2),
            role: v1::Role::Platform.into(),
            name: "Provisioning".into(),
            sha256: vec![0; 32],
            ..Default::default()
        }
        .into(),
        v1::AppCreated {
            app_id: id(3),
            app_key: "ak1.0123456789abcdefghijklmno".into(),
            organization_id: id(1),
            name: "Own Reports".into(),
            organization_name: "Northern Heating".into(),
            homepage_url: "https://reports.example.com".into(),
            visibility: v1::Visibility::Private.into(),
            credential_management: v1::CredentialManagement::TenantAdmin.into(),
            instance_tenant_id: 1001,
            instance_environment: "production".into(),
            scopes: texts(&["tn.reporting.reports:r"]),
            review_required: false,
        }
        .into(),
        v1::ScopesEdited {
            app_id: id(3),
            version: 2,
            scopes: texts(&["tn.reporting.reports:r"]),
            removed: texts(&["tn.jpm.jobs:r"]),
            ..Default::default()
        }
        .into(),
        v1::AppApproved { app_id: id(3), reason: String::new() }.into(),
        v1::AppRejected { app_id: id(3), reason: String::new() }.into(),
        v1::AccessApproved { reason: String::new(), ..let_in() }.into(),
        v1::RateLimitOverridden { report_id: String::new(), calls: 0, per_seconds: 0, ..report_limited() }
            .into(),
        first_secret().into(),
        v1::SecretRevoked { group_id: String::new(), ..revoked() }.into(),
        v1::TokenRevoked { group_id: String::new(), ..revoked_token() }.into(),
        v1::ProjectionOperated {
            projection: "apps".into(),
            operation: v1::ProjectionOperation::Pause.into(),
            ..Default::default()
        }
        .into(),
    ]
}

fn owners() -> Vec<Event> {
    vec![
        v1::AccessRequested {
            request_id: id(8),
            requester_id: "p-78".into(),
            company: "Søren & Töchter <GmbH>".into(),
        }
        .into(),
        let_in().into(),
        v1::AccessRejected { request_id: id(8), reason: "Says \"test\".\nNo company of that name.".into() }
            .into(),
        v1::OrganizationRegistered {
            organization_id: id(1),
            name: "Søren & Töchter <GmbH> \"量子\"".into(),
            kind: v1::OrganizationKind::ThirdParty.into(),
            customer_id: id(1),
            integration_tenant_id: 9_007_199_254_740_991,
        }
        .into(),
        v1::TenantRegistered {
            tenant_id: 1001,
            name: "Northern Heating".into(),
            customer_id: "c-1001".into(),
            environments: texts(&["integration", "production"]),
        }
        .into(),
        v1::ScopeCatalogPublished {
            scopes: vec![
                scope("tn.jpm.jobs:r", v1::Access::View, "Jobs: view"),
                scope("tn.jpm.jobs:w", v1::Access::Modify, "Jobs: modify"),
            ],
            operations: vec![
                operation("jobs_get", "GET", "tn.jpm.jobs:r", v1::OperationKind::Standard),
                operation("jobs_update", "PATCH", "tn.jpm.jobs:w", v1::OperationKind::Standard),
                operation("jobs_report", "POST", "tn.jpm.jobs:r", v1::OperationKind::Reporting),
                operation("jobs_export", "GET", "tn.jpm.jobs:r", v1::OperationKind::Export),
            ],
        }
        .into(),
        v1::ApiTokenIssued {
            token_id: id(2),
            role: v1::Role::TenantAdmin.into(),
            name: "Admin of the north".into(),
            sha256: (0..32).collect(),
            organization_id: id(1),
            tenants: vec![
                v1::Instance { tenant_id: 1001, environment: "integration".into() },
                v1::Instance { tenant_id: 1001, environment: "production".into() },
            ],
            subject_id: "p-77".into(),
            expires_at: Some(time(1_795_255_200_000_000_000)),
        }
        .into(),
        v1::ApiTokenRevoked { token_id: id(2) }.into(),
        v1::TunnelingBlocked {
            organization_id: id(1),
            tenant_id: 1001,
            environment: "production".into(),
            day: "2026-03-01".into(),
        }
        .into(),
        v1::PersonForgotten { person_id: "p-78".into() }.into(),
        operated().into(),
        report_limited().into(),
    ]
}

/// Every field, which no event has: a rebuild is about no parked event.
fn operated() -> v1::ProjectionOperated {
    v1::ProjectionOperated {
        projection: "access_requests".into(),
        operation: v1::ProjectionOperation::Rebuild.into(),
        operation_id: id(12),
        position: 9_007_199_254_740_993,
        events_per_second: 50_000,
        promote: v1::Promotion::IfEqual.into(),
        reason: "Answers differ from the log's.".into(),
    }
}

/// Every field, which no event has: an app's limit has no report.
fn report_limited() -> v1::RateLimitOverridden {
    v1::RateLimitOverridden {
        app_id: id(3),
        tenant_id: 1001,
        environment: "production".into(),
        report_id: "report-7".into(),
        calls: 20,
        per_seconds: 60,
    }
}

fn let_in() -> v1::AccessApproved {
    v1::AccessApproved {
        request_id: id(8),
        organization_id: id(1),
        tenant_id: 500,
        reason: "Known from the fair.".into(),
    }
}

fn apps() -> Vec<Event> {
    vec![
        v1::AppCreated {
            app_id: id(3),
            app_key: "ak1.0123456789abcdefghijklmno".into(),
            organization_id: id(1),
            name: "Dispatch Board".into(),
            organization_name: "Made Well".into(),
            homepage_url: "https://board.example.com/?a=1&b=2".into(),
            visibility: v1::Visibility::Public.into(),
            credential_management: v1::CredentialManagement::Developer.into(),
            instance_tenant_id: 500,
            instance_environment: "integration".into(),
            scopes: texts(&["tn.crm.customers:r", "tn.jpm.jobs:r", "tn.jpm.jobs:w"]),
            review_required: true,
        }
        .into(),
        v1::ScopesEdited {
            app_id: id(3),
            version: 2,
            scopes: texts(&["tn.crm.customers:r", "tn.dispatch.zones:r"]),
            added: texts(&["tn.dispatch.zones:r"]),
            removed: texts(&["tn.jpm.jobs:r", "tn.jpm.jobs:w"]),
        }
        .into(),
        v1::AppDetailsEdited {
            app_id: id(3),
            name: "Dispatch Wall".into(),
            organization_name: "Made Well".into(),
            homepage_url: "https://wall.example.com/?a=1&b=2".into(),
            visibility: v1::Visibility::Private.into(),
        }
        .into(),
        v1::CredentialManagementChanged {
            app_id: id(3),
            credential_management: v1::CredentialManagement::TenantAdmin.into(),
        }
        .into(),
        v1::ReviewRequested { app_id: id(3) }.into(),
        v1::AppDeleted { app_id: id(3) }.into(),
        v1::TenantAdded { app_id: id(3), tenant_id: 1001 }.into(),
        v1::TenantRemoved { app_id: id(3), tenant_id: 1001 }.into(),
        v1::AppApproved { app_id: id(3), reason: "Reads what it says it reads.\nNo more.".into() }.into(),
        v1::AppRejected { app_id: id(3), reason: "The homepage names \\another\\ company.".into() }.into(),
    ]
}

fn connections() -> Vec<Event> {
    vec![
        connected().into(),
        v1::ConnectionDeclined { app_id: id(3), tenant_id: 1001, environment: environment(), version: 1 }
            .into(),
        generated().into(),
        v1::VersionUpgraded {
            app_id: id(3),
            tenant_id: 1001,
            environment: environment(),
            from_version: 1,
            version: 3,
        }
        .into(),
        v1::UpgradeDeclined {
            app_id: id(3),
            tenant_id: 1001,
            environment: environment(),
            granted_version: 1,
            version: 2,
        }
        .into(),
    ]
}

fn endings() -> Vec<Event> {
    vec![
        v1::ConnectionDisabled { app_id: id(3), tenant_id: 1001, environment: environment() }.into(),
        v1::ConnectionRestored { app_id: id(3), tenant_id: 1001, environment: environment() }.into(),
        v1::ConnectionRevoked {
            app_id: id(3),
            tenant_id: 1001,
            environment: environment(),
            cause: v1::RevocationCause::GroupTenantRemoved.into(),
        }
        .into(),
        revoked().into(),
        revoked_token().into(),
    ]
}

fn networks() -> Vec<Event> {
    vec![
        v1::NetworkCreated {
            network_id: id(9),
            organization_id: id(1),
            customer_id: "c-1001".into(),
            name: "Northern branches".into(),
        }
        .into(),
        v1::GroupCreated {
            group_id: id(10),
            network_id: id(9),
            organization_id: id(1),
            customer_id: "c-1001".into(),
            name: "Branches of the coast".into(),
            environment: environment(),
        }
        .into(),
        v1::GroupTenantAdded { group_id: id(10), tenant_id: 1001 }.into(),
        v1::GroupTenantRemoved { group_id: id(10), tenant_id: 1001 }.into(),
        v1::GroupAppOffered { group_id: id(10), app_id: id(3) }.into(),
    ]
}

fn connected() -> v1::TenantConnected {
    v1::TenantConnected {
        app_id: id(3),
        tenant_id: 1001,
        environment: environment(),
        connection_id: id(4),
        version: 1,
        client_id: client_id(),
        group_id: id(10),
    }
}

/// The first secret of a credential.
fn first_secret() -> v1::SecretGenerated {
    v1::SecretGenerated {
        client_id: client_id(),
        app_id: id(3),
        tenant_id: 1001,
        environment: environment(),
        secret_id: id(5),
        sha256: vec![0; 32],
        hint: "w9xz".into(),
        ..Default::default()
    }
}

fn generated() -> v1::SecretGenerated {
    v1::SecretGenerated {
        secret_id: id(7),
        sha256: (224..=255).collect(),
        previous_secret_id: id(6),
        previous_retires_at: Some(time(1_795_341_600_123_456_789)),
        retired_secret_id: id(5),
        group_id: id(10),
        ..first_secret()
    }
}

fn revoked() -> v1::SecretRevoked {
    v1::SecretRevoked {
        client_id: client_id(),
        app_id: id(3),
        tenant_id: 1001,
        environment: environment(),
        secret_id: id(7),
        group_id: id(10),
    }
}

fn revoked_token() -> v1::TokenRevoked {
    v1::TokenRevoked {
        client_id: client_id(),
        app_id: id(3),
        tenant_id: 1001,
        environment: environment(),
        token_id: id(11),
        expires_at: Some(time(1_795_341_600_123_456_789)),
        group_id: id(10),
    }
}

fn environment() -> String {
    "production".into()
}

fn client_id() -> String {
    "cid.0123456789abcdefghijklmno".into()
}

fn scope(scope: &str, access: v1::Access, title: &str) -> v1::Scope {
    v1::Scope {
        scope: scope.into(),
        module: "jpm".into(),
        resource: "jobs".into(),
        access: access.into(),
        title: title.into(),
    }
}

fn operation(id: &str, method: &str, scope: &str, kind: v1::OperationKind) -> v1::Operation {
    v1::Operation {
        id: id.into(),
        module: "jpm".into(),
        method: method.into(),
        path: "/jpm/v2/tenant/{tenant}/jobs".into(),
        scope: scope.into(),
        kind: kind.into(),
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn id(number: u8) -> String {
    format!("0198f2a0-0000-7000-8000-0000000000{number:02x}")
}

fn time(nanosecond: i128) -> chancery_wire::ProtoTimestamp {
    Timestamp::from_nanosecond(nanosecond).unwrap().into()
}
