//! Organizations, tenants, tokens, and those who ask to come in.

use chancery_wire::{
    Event,
    v1::{
        AccessApproved, AccessRejected, AccessRequested, ApiTokenIssued, ApiTokenRevoked, OrganizationKind,
        OrganizationRegistered, PersonForgotten, Role, TenantRegistered, TunnelingBlocked,
    },
};

use super::id;

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

/// `requester` is a person's id.
pub fn access_requested(request: u128, requester: &str) -> Event {
    AccessRequested {
        request_id: id(request).to_string(),
        requester_id: requester.into(),
        company: format!("Company {request}"),
    }
    .into()
}

pub fn access_approved(request: u128, organization: u128, tenant_id: i64) -> Event {
    AccessApproved {
        request_id: id(request).to_string(),
        organization_id: id(organization).to_string(),
        tenant_id,
        reason: String::new(),
    }
    .into()
}

pub fn access_rejected(request: u128, reason: &str) -> Event {
    AccessRejected { request_id: id(request).to_string(), reason: reason.into() }.into()
}

pub fn tunneling_blocked(organization: u128, tenant_id: i64, day: &str) -> Event {
    TunnelingBlocked {
        organization_id: id(organization).to_string(),
        tenant_id,
        environment: "production".into(),
        day: day.into(),
    }
    .into()
}

pub fn person_forgotten(person_id: &str) -> Event {
    PersonForgotten { person_id: person_id.into() }.into()
}
