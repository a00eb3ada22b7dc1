//! Events as the service would append them: with the stream and the keys that they name.

use chancery_journal::NewEvent;
use chancery_wire::Event;
use uuid::Uuid;

/// Stream, app, tenant.
type Place = (String, Option<Uuid>, Option<i64>);

pub fn new_event(event: &Event) -> NewEvent {
    let (stream, key_app, key_tenant) = place(event);
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

fn place(event: &Event) -> Place {
    match event {
        Event::AccessRequested(m) => (format!("access-{}", m.request_id), None, None),
        Event::AccessApproved(m) => (format!("access-{}", m.request_id), None, None),
        Event::AccessRejected(m) => (format!("access-{}", m.request_id), None, None),
        Event::OrganizationRegistered(m) => (format!("organization-{}", m.organization_id), None, None),
        Event::TenantRegistered(m) => (format!("tenant-{}", m.tenant_id), None, Some(m.tenant_id)),
        Event::ScopeCatalogPublished(_) => ("catalog".to_owned(), None, None),
        Event::ApiTokenIssued(m) => (format!("token-{}", m.token_id), None, None),
        Event::ApiTokenRevoked(m) => (format!("token-{}", m.token_id), None, None),
        Event::AppCreated(m) => app(&m.app_id),
        Event::AppDetailsEdited(m) => app(&m.app_id),
        Event::ScopesEdited(m) => app(&m.app_id),
        Event::CredentialManagementChanged(m) => app(&m.app_id),
        Event::ReviewRequested(m) => app(&m.app_id),
        Event::AppApproved(m) => app(&m.app_id),
        Event::AppRejected(m) => app(&m.app_id),
        Event::AppDeleted(m) => app(&m.app_id),
        Event::TenantAdded(m) => listing(&m.app_id, m.tenant_id),
        Event::TenantRemoved(m) => listing(&m.app_id, m.tenant_id),
        Event::TunnelingBlocked(m) => {
            let (organization, day) = (&m.organization_id, &m.day);
            let stream = format!("tunneling-{organization}-{}-{}-{day}", m.tenant_id, m.environment);
            (stream, None, Some(m.tenant_id))
        }
        Event::TenantConnected(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::ConnectionDeclined(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::VersionUpgraded(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::UpgradeDeclined(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::ConnectionDisabled(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::ConnectionRestored(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::ConnectionRevoked(m) => connection(&m.app_id, m.tenant_id, &m.environment),
        Event::SecretGenerated(m) => credential(&m.client_id, &m.app_id, m.tenant_id),
        Event::SecretRevoked(m) => credential(&m.client_id, &m.app_id, m.tenant_id),
        Event::TokenRevoked(m) => credential(&m.client_id, &m.app_id, m.tenant_id),
        Event::NetworkCreated(m) => (format!("network-{}", m.network_id), None, None),
        Event::GroupCreated(m) => (format!("group-{}", m.group_id), None, None),
        Event::GroupTenantAdded(m) => (format!("group-{}", m.group_id), None, Some(m.tenant_id)),
        Event::GroupTenantRemoved(m) => (format!("group-{}", m.group_id), None, Some(m.tenant_id)),
        Event::GroupAppOffered(m) => (format!("group-{}", m.group_id), Some(uuid(&m.app_id)), None),
        Event::RateLimitOverridden(m) if m.app_id.is_empty() => {
            let stream = format!("limit-report-{}-{}:{}", m.tenant_id, m.environment, m.report_id);
            (stream, None, Some(m.tenant_id))
        }
        Event::RateLimitOverridden(m) => {
            let stream = format!("limit-app-{}-{}-{}", m.app_id, m.tenant_id, m.environment);
            (stream, Some(uuid(&m.app_id)), Some(m.tenant_id))
        }
        Event::PersonForgotten(m) => (format!("person-{}", m.person_id), None, None),
        Event::ProjectionOperated(m) => (format!("projection-{}", m.projection), None, None),
    }
}

fn app(app_id: &str) -> Place {
    (format!("app-{app_id}"), Some(uuid(app_id)), None)
}

fn listing(app_id: &str, tenant_id: i64) -> Place {
    (format!("listing-{app_id}-{tenant_id}"), Some(uuid(app_id)), Some(tenant_id))
}

fn connection(app_id: &str, tenant_id: i64, environment: &str) -> Place {
    (format!("connection-{app_id}-{tenant_id}-{environment}"), Some(uuid(app_id)), Some(tenant_id))
}

fn credential(client_id: &str, app_id: &str, tenant_id: i64) -> Place {
    (
        format!("credential-{client_id}"),
        Some(uuid(app_id)),
        Some(tenant_id).filter(|tenant_id| *tenant_id != 0),
    )
}

fn uuid(text: &str) -> Uuid {
    text.parse().unwrap()
}
