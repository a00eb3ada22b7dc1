//! Offering an app to a group (rule 26).

use chancery_domain::{
    AppId, GroupId, Instance, NetworkId, StreamName, TenantId, Visibility, app, group, group::Group,
};

use super::{
    super::{
        Answer, Caller, CommandError, Commands,
        apps::{Listings, unchanged_since},
        plan::Plan,
        render,
    },
    ConnectGroup, GroupConnections, GroupMember,
};
use crate::states::{Missing, Seen};

impl Commands {
    /// `POST /v1/networks/{network}/groups/{group}/connections`
    pub async fn connect_group(
        &self,
        caller: &Caller,
        network_id: NetworkId,
        group_id: GroupId,
        body: ConnectGroup,
    ) -> Result<Answer, CommandError> {
        let organization_id = caller.organization()?;
        let app_id = AppId(body.app_id);
        let decide = |seen: &Seen| {
            seen.need([StreamName::Group(group_id), StreamName::App(app_id)])?;
            let (state, app) = (seen.group(group_id)?, seen.app(app_id)?);
            let group = state.owned_by(organization_id, network_id)?;
            let visibility = app.owned_by(organization_id)?.visibility();
            let listed = match visibility {
                Visibility::Private => seen.customers(app_id)?,
                Visibility::Public => Vec::new(),
            };
            let tenant_ids: Vec<_> = group.tenants.iter().copied().collect();
            let tenants = Listings::of(seen, app_id, &tenant_ids)?;
            let offered = offered(seen, group)?;
            let members_now = tenants.candidates();
            let facts =
                group::OfferFacts { app: &app, offered: &offered, listed: &listed, members: &members_now };
            let command = group::Offer { organization_id, network_id };
            let events = group::offer(command, &state, &facts)?;
            unchanged_since(caller, seen, &StreamName::Group(group_id))?;
            let body = GroupConnections { members: members(&seen.after(&events), app_id, group)? };
            Ok(Plan::new(201, events, &body).about(StreamName::Group(group_id)))
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}

/// The apps that the group is offered, where it could be that there is no room for one more.
fn offered(seen: &Seen, group: &Group) -> Result<Vec<app::State>, Missing> {
    if group.apps.len() < group::MAX_APPS {
        return Ok(Vec::new());
    }
    seen.need(group.apps.iter().copied().map(StreamName::App))?;
    group.apps.iter().map(|app_id| seen.app(*app_id)).collect()
}

/// Where each of the group's tenants stands with the app.
fn members(after: &Seen, app_id: AppId, group: &Group) -> Result<Vec<GroupMember>, Missing> {
    let app = after.app(app_id)?;
    let stream = |tenant_id: &TenantId| StreamName::Connection(app_id, *tenant_id, group.environment.clone());
    after.need(group.tenants.iter().map(stream))?;
    let one = |tenant_id: &TenantId| {
        let instance = Instance { tenant_id: *tenant_id, environment: group.environment.clone() };
        let connection = after.connection(app_id, &instance)?;
        let state = render::state(&app, &after.listing(app_id, *tenant_id)?, &connection);
        Ok(GroupMember { tenant_id: tenant_id.get(), state })
    };
    group.tenants.iter().map(one).collect()
}
