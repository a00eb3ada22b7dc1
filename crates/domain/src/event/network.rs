//! Events of Enterprise Hub: a customer's networks, and the groups in them.

use crate::{AppId, CustomerId, Environment, GroupId, Name, NetworkId, OrganizationId, TenantId};

/// A customer organization has a network of its customer's tenants (rule 26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkCreated {
    pub network_id: NetworkId,
    pub organization_id: OrganizationId,
    /// The customer whose tenants may be in the network's groups.
    pub customer_id: CustomerId,
    pub name: Name,
}

/// Tenants of one environment that will share one credential an app (rule 26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupCreated {
    pub group_id: GroupId,
    pub network_id: NetworkId,
    pub organization_id: OrganizationId,
    /// Whose tenants may be in the group.
    pub customer_id: CustomerId,
    pub name: Name,
    pub environment: Environment,
}

/// The tenant is in the group from now on: what is offered to the group is offered to it (rule 27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupTenantAdded {
    pub group_id: GroupId,
    pub tenant_id: TenantId,
}

/// The tenant is no longer in the group; its connections through the group are revoked beside this (rule 27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupTenantRemoved {
    pub group_id: GroupId,
    pub tenant_id: TenantId,
}

/// The app is offered to the group's tenants; each one's admin decides (rule 26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupAppOffered {
    pub group_id: GroupId,
    pub app_id: AppId,
}
