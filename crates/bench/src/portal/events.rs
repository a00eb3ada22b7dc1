//! What the events of the large portal say.

use chancery_wire::{Event, v1};
use uuid::Uuid;

use super::{ENVIRONMENTS, app_id, organization_id};

pub(super) fn tenant_registered(tenant: u64) -> Event {
    let event = v1::TenantRegistered {
        tenant_id: tenant.cast_signed(),
        name: format!("Tenant {tenant}"),
        customer_id: format!("customer-{}", tenant / 3),
        environments: ENVIRONMENTS.map(str::to_owned).to_vec(),
    };
    event.into()
}

pub(super) fn app_created(app: u64) -> Event {
    let event = v1::AppCreated {
        app_id: app_id(app).to_string(),
        app_key: format!("ak1.{app:025}"),
        organization_id: organization_id(app).to_string(),
        name: format!("App {app}"),
        organization_name: "A software company".into(),
        homepage_url: "https://software.example/app".into(),
        visibility: v1::Visibility::Public.into(),
        credential_management: v1::CredentialManagement::Developer.into(),
        instance_tenant_id: 1,
        instance_environment: ENVIRONMENTS[0].into(),
        scopes: scopes(1),
        review_required: true,
    };
    event.into()
}

pub(super) fn app_approved(app: u64) -> Event {
    v1::AppApproved { app_id: app_id(app).to_string(), reason: "As described.".into() }.into()
}

pub(super) fn scopes_edited(app: u64) -> Event {
    let event = v1::ScopesEdited {
        app_id: app_id(app).to_string(),
        version: 2,
        scopes: scopes(2),
        added: vec![scopes(2).remove(5)],
        removed: Vec::new(),
    };
    event.into()
}

/// Five, and another with each version.
fn scopes(version: usize) -> Vec<String> {
    let names = ["customers:r", "jobs:r", "appointments:w", "invoices:r", "technicians:r", "forms:r"];
    names[..4 + version].iter().map(|name| format!("tn.bench.{name}")).collect()
}

pub(super) fn tenant_added((app, tenant): (u64, u64)) -> Event {
    v1::TenantAdded { app_id: app_id(app).to_string(), tenant_id: tenant.cast_signed() }.into()
}

pub(super) fn tenant_connected(app: u64, tenant: u64, environment: &str) -> Event {
    let event = v1::TenantConnected {
        app_id: app_id(app).to_string(),
        tenant_id: tenant.cast_signed(),
        environment: environment.into(),
        connection_id: number(app, tenant, environment).to_string(),
        version: 1,
        client_id: client_id(app, tenant, environment),
        group_id: String::new(),
    };
    event.into()
}

pub(super) fn secret_generated(app: u64, tenant: u64, environment: &str) -> Event {
    let event = v1::SecretGenerated {
        client_id: client_id(app, tenant, environment),
        app_id: app_id(app).to_string(),
        tenant_id: tenant.cast_signed(),
        environment: environment.into(),
        secret_id: number(app, tenant, environment).to_string(),
        sha256: vec![7; 32],
        hint: "k2x9".into(),
        ..v1::SecretGenerated::default()
    };
    event.into()
}

/// As spread as real ones, which are random.
fn client_id(app: u64, tenant: u64, environment: &str) -> String {
    format!("cid.{}", &number(app, tenant, environment).simple().to_string()[..25])
}

fn number(app: u64, tenant: u64, environment: &str) -> Uuid {
    Uuid::new_v5(&app_id(app), format!("{tenant} {environment}").as_bytes())
}
