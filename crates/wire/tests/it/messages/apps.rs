//! An app and its versions, where it is listed and what its review says.

use chancery_wire::{Event, v1};

use super::{id, texts};

pub fn full() -> Vec<Event> {
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

pub fn minimal() -> Vec<Event> {
    vec![
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
    ]
}
