//! Taking an app back from a tenant (rules 9 and 24).

use crate::{
    Decision, Environment, Instance, OrganizationId, Refusal, RevocationCause, TenantId, TenantRemoved, app,
    connection,
};

use super::State;

/// What unlisting looks at.
#[derive(Debug, Clone, Copy)]
pub struct RemoveFacts<'a> {
    pub app: &'a app::State,
    /// The app's connection in each environment in which the tenant exists.
    pub connections: &'a [Here<'a>],
}

/// The app's connection for the tenant in one environment.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    pub environment: &'a Environment,
    pub connection: &'a connection::State,
}

/// Takes the app back from the tenant, on behalf of the organization that owns it, and revokes the connections that
/// stand there. Listed again, the tenant starts at `not_connected`.
pub fn remove(
    organization_id: OrganizationId,
    tenant_id: TenantId,
    state: &State,
    facts: &RemoveFacts<'_>,
) -> Decision {
    let app_id = facts.app.owned_by(organization_id)?.app_id;
    if !state.is_listed() {
        return Err(Refusal::TenantNotListed { tenant_id });
    }
    let revoked = facts.connections.iter().filter_map(|here| {
        let instance = Instance { tenant_id, environment: here.environment.clone() };
        connection::end(here.connection, app_id, instance, RevocationCause::TenantRemoved)
    });
    Ok([TenantRemoved { app_id, tenant_id }.into()].into_iter().chain(revoked.map(Into::into)).collect())
}
