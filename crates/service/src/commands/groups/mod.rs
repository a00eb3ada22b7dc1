//! Groups of a network: their tenants, and the apps that they are offered (rules 26 and 27).

mod offer;
mod tenants;

use chancery_domain::{Environment, Event, GroupId, Name, NetworkId, Refusal, StreamName, group};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Answer, Caller, CommandError, Commands,
    fields::Fields,
    plan::{Plan, Stop},
    render,
};
use crate::states::Seen;

/// A group to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateGroup {
    /// A label, not unique: 1 to 100 characters.
    pub name: String,
    /// The one in which its tenants share credentials.
    pub environment: String,
}

/// An app to offer to a group's tenants.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectGroup {
    /// One of the organization's own.
    pub app_id: Uuid,
}

/// A group's tenants, and where each stands with the app that the group is offered.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupConnections {
    pub members: Vec<GroupMember>,
}

/// A tenant of a group.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupMember {
    pub tenant_id: u64,
    pub state: chancery_views::ConnectionState,
}

impl Commands {
    /// `POST /v1/networks/{network}/groups`
    pub async fn create_group(
        &self,
        caller: &Caller,
        network_id: NetworkId,
        body: CreateGroup,
    ) -> Result<Answer, CommandError> {
        let organization_id = caller.organization()?;
        let group_id = GroupId(self.0.sources.uuid());
        let mut fields = Fields::default();
        let name = fields.read("/name", Name::parse(&body.name));
        let environment = fields.read("/environment", Environment::parse(&body.environment));
        let (name, environment) = fields.done(name.zip(environment))?;
        let command = group::Create { organization_id, group_id, name, environment };
        let stream = StreamName::Group(group_id);
        let decide = |seen: &Seen| {
            let (state, network) = (seen.group(group_id)?, seen.network(network_id)?);
            let events = group::create(command.clone(), &state, &network, &self.0.environments)?;
            answer(seen, 201, group_id, events)
        };
        self.0.executor.execute(caller, std::slice::from_ref(&stream), decide).await
    }
}

/// The group as it will be.
fn answer(seen: &Seen, status: u16, group_id: GroupId, events: Vec<Event>) -> Result<Plan, Stop> {
    let after = seen.after(&events).group(group_id)?;
    let group = after.created().ok_or(Refusal::GroupUnknown)?;
    Ok(Plan::new(status, events, &render::group(group)).about(StreamName::Group(group_id)))
}
