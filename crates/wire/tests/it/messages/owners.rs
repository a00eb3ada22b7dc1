//! Who is let in, what they own and what operators do.

use chancery_wire::{Event, v1};

use super::{id, texts, time};

pub fn full() -> Vec<Event> {
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
        v1::AccessApproved { reason: String::new(), ..let_in() }.into(),
        v1::RateLimitOverridden { report_id: String::new(), calls: 0, per_seconds: 0, ..report_limited() }
            .into(),
        v1::ProjectionOperated {
            projection: "apps".into(),
            operation: v1::ProjectionOperation::Pause.into(),
            ..Default::default()
        }
        .into(),
    ]
}

/// What is of a report and not of one app.
pub fn of_reports() -> Vec<Event> {
    vec![v1::RateLimitOverridden { app_id: String::new(), ..report_limited() }.into()]
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
