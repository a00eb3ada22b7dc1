//! Events as fixtures: the shortest way to say what happened.

use chancery_journal::NewEvent;
use chancery_wire::{
    Event, ProtoTimestamp,
    v1::{
        ApiTokenIssued, ApiTokenRevoked, AppApproved, AppCreated, AppRejected, ConnectionDeclined,
        CredentialManagement, OrganizationKind, OrganizationRegistered, Role, ScopesEdited, SecretGenerated,
        TenantAdded, TenantConnected, TenantRegistered, UpgradeDeclined, VersionUpgraded, Visibility,
    },
};
use uuid::Uuid;

/// The same number is the same id.
pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Seconds since 1970.
pub fn at(second: i64) -> ProtoTimestamp {
    jiff::Timestamp::from_second(second).unwrap().into()
}

pub fn scopes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("tn.{name}")).collect()
}

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

pub fn tenant_registered(tenant_id: i64, environments: &[&str]) -> Event {
    TenantRegistered {
        tenant_id,
        name: format!("Tenant {tenant_id}"),
        customer_id: "c1".into(),
        environments: environments.iter().map(ToString::to_string).collect(),
    }
    .into()
}

pub fn organization_registered(organization: u128) -> OrganizationRegistered {
    OrganizationRegistered {
        organization_id: id(organization).to_string(),
        name: "Acme".into(),
        kind: OrganizationKind::ThirdParty.into(),
        customer_id: id(organization).to_string(),
        integration_tenant_id: 900,
    }
}

pub fn tenant_added(app: u128, tenant_id: i64) -> Event {
    TenantAdded { app_id: id(app).to_string(), tenant_id }.into()
}

pub fn connected(app: u128, tenant_id: i64, environment: &str, version: i64) -> Event {
    TenantConnected {
        app_id: id(app).to_string(),
        tenant_id,
        environment: environment.into(),
        connection_id: id(app << 32 | u128::from(tenant_id.cast_unsigned())).to_string(),
        version,
        client_id: client_id(app, tenant_id, environment),
    }
    .into()
}

pub fn client_id(app: u128, tenant_id: i64, environment: &str) -> String {
    format!("cid.{app}-{tenant_id}-{environment}")
}

pub fn declined(app: u128, tenant_id: i64, environment: &str, version: i64) -> Event {
    ConnectionDeclined { app_id: id(app).to_string(), tenant_id, environment: environment.into(), version }
        .into()
}

pub fn upgraded(app: u128, tenant_id: i64, environment: &str, from_version: i64, version: i64) -> Event {
    VersionUpgraded {
        app_id: id(app).to_string(),
        tenant_id,
        environment: environment.into(),
        from_version,
        version,
    }
    .into()
}

pub fn upgrade_declined(app: u128, tenant_id: i64, environment: &str, granted: i64, version: i64) -> Event {
    UpgradeDeclined {
        app_id: id(app).to_string(),
        tenant_id,
        environment: environment.into(),
        granted_version: granted,
        version,
    }
    .into()
}

pub fn secret(app: u128, tenant_id: i64, environment: &str, secret: u128) -> SecretGenerated {
    SecretGenerated {
        client_id: client_id(app, tenant_id, environment),
        app_id: id(app).to_string(),
        tenant_id,
        environment: environment.into(),
        secret_id: id(secret).to_string(),
        sha256: vec![7; 32],
        hint: format!("{secret:04}"),
        previous_secret_id: String::new(),
        previous_retires_at: None,
        retired_secret_id: String::new(),
    }
}

pub fn token_issued(token: u128, role: Role) -> ApiTokenIssued {
    ApiTokenIssued {
        token_id: id(token).to_string(),
        role: role.into(),
        name: "a token".into(),
        sha256: vec![1; 32],
        organization_id: String::new(),
        tenants: Vec::new(),
        subject_id: String::new(),
        expires_at: None,
    }
}

pub fn token_revoked(token: u128) -> Event {
    ApiTokenRevoked { token_id: id(token).to_string() }.into()
}

/// The event as the service would append it, with the stream and the keys that it names.
pub fn new_event(event: &Event) -> NewEvent {
    let app = |text: &str| text.parse::<Uuid>().unwrap();
    let (stream, key_app, key_tenant) = match event {
        Event::OrganizationRegistered(m) => (format!("organization-{}", m.organization_id), None, None),
        Event::TenantRegistered(m) => (format!("tenant-{}", m.tenant_id), None, Some(m.tenant_id)),
        Event::ScopeCatalogPublished(_) => ("catalog".to_owned(), None, None),
        Event::ApiTokenIssued(m) => (format!("token-{}", m.token_id), None, None),
        Event::ApiTokenRevoked(m) => (format!("token-{}", m.token_id), None, None),
        Event::AppCreated(m) => (format!("app-{}", m.app_id), Some(app(&m.app_id)), None),
        Event::ScopesEdited(m) => (format!("app-{}", m.app_id), Some(app(&m.app_id)), None),
        Event::AppApproved(m) => (format!("app-{}", m.app_id), Some(app(&m.app_id)), None),
        Event::AppRejected(m) => (format!("app-{}", m.app_id), Some(app(&m.app_id)), None),
        Event::TenantAdded(m) => {
            (format!("listing-{}-{}", m.app_id, m.tenant_id), Some(app(&m.app_id)), Some(m.tenant_id))
        }
        Event::TenantConnected(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::ConnectionDeclined(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::VersionUpgraded(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::UpgradeDeclined(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::SecretGenerated(m) => {
            (format!("credential-{}", m.client_id), Some(app(&m.app_id)), Some(m.tenant_id))
        }
    };
    NewEvent {
        event_id: Uuid::now_v7(),
        category: event.category(),
        stream,
        event_type: event.event_type(),
        schema_version: event.schema_version(),
        key_app,
        key_tenant: key_tenant.map(i64::cast_unsigned),
        data: event.encode(),
    }
}

fn connection(app_id: &str, tenant_id: i64, environment: &str) -> (String, Option<Uuid>, Option<i64>) {
    let stream = format!("connection-{app_id}-{tenant_id}-{environment}");
    (stream, Some(app_id.parse().unwrap()), Some(tenant_id))
}
