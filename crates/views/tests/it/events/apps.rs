//! Apps and their listings.

use chancery_wire::{
    Event,
    v1::{
        AppApproved, AppCreated, AppDeleted, AppDetailsEdited, AppRejected, CredentialManagement,
        CredentialManagementChanged, ReviewRequested, ScopesEdited, TenantAdded, TenantRemoved, Visibility,
    },
};

use super::{id, scopes};

pub fn app_created(app: u128) -> AppCreated {
    AppCreated {
        app_id: id(app).to_string(),
        app_key: format!("ak1.{app:025}"),
        organization_id: id(1000).to_string(),
        name: format!("App {app}"),
        organization_name: "Acme".into(),
        homepage_url: "https://acme.example".into(),
        visibility: Visibility::Public.into(),
        credential_management: CredentialManagement::Developer.into(),
        instance_tenant_id: 900,
        instance_environment: "integration".into(),
        scopes: scopes(&["crm.contacts:r"]),
        review_required: false,
    }
}

pub fn scopes_edited(app: u128, version: i64, names: &[&str], added: &[&str], removed: &[&str]) -> Event {
    ScopesEdited {
        app_id: id(app).to_string(),
        version,
        scopes: scopes(names),
        added: scopes(added),
        removed: scopes(removed),
    }
    .into()
}

pub fn app_approved(app: u128) -> Event {
    AppApproved { app_id: id(app).to_string(), reason: String::new() }.into()
}

pub fn app_rejected(app: u128) -> Event {
    AppRejected { app_id: id(app).to_string(), reason: "no".into() }.into()
}

pub fn details_edited(app: u128, name: &str, visibility: Visibility) -> Event {
    AppDetailsEdited {
        app_id: id(app).to_string(),
        name: name.into(),
        organization_name: "Acme & Sons".into(),
        homepage_url: "https://sons.example".into(),
        visibility: visibility.into(),
    }
    .into()
}

pub fn credentials_managed_by(app: u128, side: CredentialManagement) -> Event {
    CredentialManagementChanged { app_id: id(app).to_string(), credential_management: side.into() }.into()
}

pub fn review_requested(app: u128) -> Event {
    ReviewRequested { app_id: id(app).to_string() }.into()
}

pub fn app_deleted(app: u128) -> Event {
    AppDeleted { app_id: id(app).to_string() }.into()
}

pub fn tenant_added(app: u128, tenant_id: i64) -> Event {
    TenantAdded { app_id: id(app).to_string(), tenant_id }.into()
}

pub fn tenant_removed(app: u128, tenant_id: i64) -> Event {
    TenantRemoved { app_id: id(app).to_string(), tenant_id }.into()
}
