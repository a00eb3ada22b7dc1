//! Events of those who use the portal: organizations, how they come in, tenants and people.

use crate::{
    AccessRequestId, CustomerId, Day, Environment, Name, OrganizationId, PersonId, Reason, TenantId,
};

/// A stranger asks to build apps (rule 1). Who it is and what for stands outside the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequested {
    pub request_id: AccessRequestId,
    /// The person who asks.
    pub requester_id: PersonId,
    pub company: Name,
}

/// A reviewer let the company in: the organization and its integration instance are registered beside this
/// (rule 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessApproved {
    pub request_id: AccessRequestId,
    pub organization_id: OrganizationId,
    /// The integration instance.
    pub tenant_id: TenantId,
    pub reason: Reason,
}

/// A reviewer turned the request down (rule 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRejected {
    pub request_id: AccessRequestId,
    pub reason: Reason,
}

/// Who builds apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrganizationKind {
    /// Builds apps for other companies; its public apps are reviewed (rule 12).
    ThirdParty,
    /// Builds apps for its own tenants (rule 3).
    Customer,
}

/// An organization may build apps from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationRegistered {
    pub organization_id: OrganizationId,
    pub name: Name,
    pub kind: OrganizationKind,
    /// For a third party: the organization itself (rule 1).
    pub customer_id: CustomerId,
    /// The one instance from which a third party creates apps (rule 2).
    pub integration_tenant_id: Option<TenantId>,
}

/// A tenant exists in these environments from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRegistered {
    pub tenant_id: TenantId,
    pub name: Name,
    pub customer_id: CustomerId,
    /// Sorted, each once.
    pub environments: Vec<Environment>,
}

/// A third party tried to create an app from an instance that is not its own (rule 2); the first such attempt of
/// the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TunnelingBlocked {
    pub organization_id: OrganizationId,
    /// What the attempt named, whether it exists or not.
    pub tenant_id: TenantId,
    pub environment: Environment,
    pub day: Day,
}

/// The person's name and address are deleted everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonForgotten {
    pub person_id: PersonId,
}
