//! Networks: a customer's tenants, for Enterprise Hub (rule 26).

use chancery_domain::{Name, NetworkId, Refusal, StreamName, network};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Answer, Caller, CommandError, Commands, fields::Fields, plan::Plan, render};
use crate::states::Seen;

/// A network to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateNetwork {
    /// A label, not unique: 1 to 100 characters.
    pub name: String,
}

impl Commands {
    /// `POST /v1/networks`
    pub async fn create_network(&self, caller: &Caller, body: CreateNetwork) -> Result<Answer, CommandError> {
        let organization_id = caller.organization()?;
        let network_id = NetworkId(self.0.sources.uuid());
        let mut fields = Fields::default();
        let name = fields.read("/name", Name::parse(&body.name));
        let command = network::Create { organization_id, network_id, name: fields.done(name)? };
        let stream = StreamName::Network(network_id);
        let decide = |seen: &Seen| {
            let organization = seen.organization(organization_id)?;
            let events = network::create(command.clone(), &seen.network(network_id)?, &organization)?;
            let after = seen.after(&events).network(network_id)?;
            let created = after.created().ok_or(Refusal::NetworkUnknown)?;
            Ok(Plan::new(201, events, &render::network(created)).about(stream.clone()))
        };
        self.0.executor.execute(caller, std::slice::from_ref(&stream), decide).await
    }
}
