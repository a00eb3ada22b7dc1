//! A group's tenants (rule 27): what is offered to the group is offered to who joins it, and who leaves it loses
//! what it had through it.

use crate::{
    CustomerId, Decision, Event, GroupTenantAdded, GroupTenantRemoved, Instance, NetworkId, OrganizationId,
    Refusal, RevocationCause, TenantId, app, connection, listing, tenant,
};

use super::{MAX_TENANTS, State};

/// Adds a tenant to the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddTenant {
    /// On whose behalf the caller acts.
    pub organization_id: OrganizationId,
    /// Where the caller looks for the group.
    pub network_id: NetworkId,
    pub tenant_id: TenantId,
}

/// What adding a tenant looks at.
#[derive(Debug, Clone, Copy)]
pub struct AddTenantFacts<'a> {
    pub tenant: &'a tenant::State,
    /// Every app that the group is offered.
    pub offered: &'a [Offered<'a>],
}

/// An app that the group is offered, beside its listing for the tenant that joins.
#[derive(Debug, Clone, Copy)]
pub struct Offered<'a> {
    pub app: &'a app::State,
    pub listing: &'a listing::State,
    /// The customers whose tenants the app is listed for; looked at for private apps only (rule 10).
    pub listed: &'a [CustomerId],
}

/// Adds the tenant, and lists every app for it that the group is offered. Adding it again changes nothing.
///
/// A tenant that is not the customer's, or not in the group's environment, is refused like one that does not exist.
pub fn add_tenant(command: AddTenant, state: &State, facts: &AddTenantFacts<'_>) -> Decision {
    let AddTenant { organization_id, network_id, tenant_id } = command;
    let group = state.owned_by(organization_id, network_id)?;
    if group.tenants.contains(&tenant_id) {
        return Ok(Vec::new());
    }
    facts
        .tenant
        .registered()
        .filter(|tenant| tenant.customer_id == group.customer_id)
        .filter(|tenant| tenant.environments.contains(&group.environment))
        .ok_or_else(|| Refusal::TenantUnknown { tenant_ids: vec![tenant_id] })?;
    if group.tenants.len() >= MAX_TENANTS {
        return Err(Refusal::GroupFull);
    }
    let mut events: Vec<Event> = vec![GroupTenantAdded { group_id: group.group_id, tenant_id }.into()];
    for Offered { app, listing, listed } in facts.offered {
        let candidate = listing::Candidate { tenant_id, tenant: facts.tenant, listing };
        if let Some(app) = app.live() {
            events.extend(listing::list(app.app_id, app.visibility(), listed, &[candidate])?);
        }
    }
    Ok(events)
}

/// Removes a tenant from the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoveTenant {
    /// On whose behalf the caller acts.
    pub organization_id: OrganizationId,
    /// Where the caller looks for the group.
    pub network_id: NetworkId,
    pub tenant_id: TenantId,
}

/// Removes the tenant, and revokes at once what it connected through the group; other connections of it, its
/// listings and the other members' connections stay. `connections` are its connections, in the group's
/// environment, beside every app that the group is offered: those of a deleted one have ended with it (rule 11).
pub fn remove_tenant(
    command: RemoveTenant,
    state: &State,
    connections: &[(app::State, connection::State)],
) -> Decision {
    let RemoveTenant { organization_id, network_id, tenant_id } = command;
    let group = state.owned_by(organization_id, network_id)?;
    if !group.tenants.contains(&tenant_id) {
        return Err(Refusal::TenantNotInGroup { tenant_id });
    }
    let instance = Instance { tenant_id, environment: group.environment.clone() };
    let revoked = connections
        .iter()
        .filter(|(_, connection)| {
            connection.standing().is_some_and(|grant| grant.group_id == Some(group.group_id))
        })
        .filter_map(|(app, connection)| {
            let app_id = app.live()?.app_id;
            connection::end(connection, app_id, instance.clone(), RevocationCause::GroupTenantRemoved)
        });
    let removed = GroupTenantRemoved { group_id: group.group_id, tenant_id };
    Ok([removed.into()].into_iter().chain(revoked.map(Into::into)).collect())
}
