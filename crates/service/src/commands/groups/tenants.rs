//! Who is in a group (rule 27).

use chancery_domain::{
    AppId, CustomerId, GroupId, Instance, NetworkId, StreamName, TenantId, Visibility, app, connection,
    group::{self, Group, Offered},
    listing,
};

use super::{
    super::{Answer, Caller, CommandError, Commands, apps::unchanged_since},
    answer,
};
use crate::states::{Missing, Seen};

impl Commands {
    /// `PUT /v1/networks/{network}/groups/{group}/tenants/{tenant}`
    pub async fn add_group_tenant(
        &self,
        caller: &Caller,
        network_id: NetworkId,
        group_id: GroupId,
        tenant_id: TenantId,
    ) -> Result<Answer, CommandError> {
        let organization_id = caller.organization()?;
        let decide = |seen: &Seen| {
            let state = seen.group(group_id)?;
            let group = state.owned_by(organization_id, network_id)?;
            let apps = Apps::of(seen, group, tenant_id)?;
            let facts = group::AddTenantFacts { tenant: &seen.tenant(tenant_id)?, offered: &apps.offered() };
            let command = group::AddTenant { organization_id, network_id, tenant_id };
            let events = group::add_tenant(command, &state, &facts)?;
            unchanged_since(caller, seen, &StreamName::Group(group_id))?;
            answer(seen, 200, group_id, events)
        };
        self.0.executor.execute(caller, &[], decide).await
    }

    /// `DELETE /v1/networks/{network}/groups/{group}/tenants/{tenant}`
    pub async fn remove_group_tenant(
        &self,
        caller: &Caller,
        network_id: NetworkId,
        group_id: GroupId,
        tenant_id: TenantId,
    ) -> Result<Answer, CommandError> {
        let organization_id = caller.organization()?;
        let decide = |seen: &Seen| {
            let state = seen.group(group_id)?;
            let group = state.owned_by(organization_id, network_id)?;
            let connections = connections(seen, group, tenant_id)?;
            let command = group::RemoveTenant { organization_id, network_id, tenant_id };
            let events = group::remove_tenant(command, &state, &connections)?;
            unchanged_since(caller, seen, &StreamName::Group(group_id))?;
            answer(seen, 200, group_id, events)
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}

/// The apps that a group is offered, beside what a tenant that joins has of each.
struct Apps(Vec<(app::State, listing::State, Vec<CustomerId>)>);

impl Apps {
    fn of(seen: &Seen, group: &Group, tenant_id: TenantId) -> Result<Self, Missing> {
        let streams = |app_id: &AppId| [StreamName::App(*app_id), StreamName::Listing(*app_id, tenant_id)];
        let offered = group.apps.iter().flat_map(streams);
        seen.need(offered.chain([StreamName::Tenant(tenant_id)]))?;
        let one = |app_id: &AppId| {
            let app = seen.app(*app_id)?;
            let private = app.live().is_some_and(|app| app.visibility() == Visibility::Private);
            let listed = if private { seen.customers(*app_id)? } else { Vec::new() };
            Ok((app, seen.listing(*app_id, tenant_id)?, listed))
        };
        group.apps.iter().map(one).collect::<Result<_, Missing>>().map(Self)
    }

    fn offered(&self) -> Vec<Offered<'_>> {
        self.0.iter().map(|(app, listing, listed)| Offered { app, listing, listed }).collect()
    }
}

/// The apps that the group is offered, and the tenant's connections of them in the group's environment.
fn connections(
    seen: &Seen,
    group: &Group,
    tenant_id: TenantId,
) -> Result<Vec<(app::State, connection::State)>, Missing> {
    let instance = Instance { tenant_id, environment: group.environment.clone() };
    let streams = |app_id: &AppId| {
        [StreamName::App(*app_id), StreamName::Connection(*app_id, tenant_id, group.environment.clone())]
    };
    seen.need(group.apps.iter().flat_map(streams))?;
    group.apps.iter().map(|app_id| Ok((seen.app(*app_id)?, seen.connection(*app_id, &instance)?))).collect()
}
