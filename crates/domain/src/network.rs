//! Networks: a customer organization's view of its customer's tenants, for Enterprise Hub (rule 26).

use std::sync::Arc;

use crate::{
    CustomerId, Decision, Event, Name, NetworkCreated, NetworkId, OrganizationId, OrganizationKind, Refusal,
    Stamp,
    organization::{self, Organization},
};

/// Whether the network exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    Created(Arc<Network>),
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    pub network_id: NetworkId,
    pub organization_id: OrganizationId,
    /// The customer whose tenants may be in the network's groups.
    pub customer_id: CustomerId,
    pub name: Name,
    pub created: Stamp,
}

impl State {
    pub fn created(&self) -> Option<&Network> {
        match self {
            Self::Absent => None,
            Self::Created(network) => Some(network),
        }
    }

    /// The network as the organization that owns it sees it; to any other there is none.
    pub fn owned_by(&self, organization_id: OrganizationId) -> Result<&Network, Refusal> {
        self.created()
            .filter(|network| network.organization_id == organization_id)
            .ok_or(Refusal::NetworkUnknown)
    }
}

/// Folds one event of the network's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (State::Absent, Event::NetworkCreated(event)) => State::Created(Arc::new(Network {
            network_id: event.network_id,
            organization_id: event.organization_id,
            customer_id: event.customer_id.clone(),
            name: event.name.clone(),
            created: stamp.clone(),
        })),
        (state, _) => state,
    }
}

/// Creates a network. Its id was made outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// On whose behalf the caller acts.
    pub organization_id: OrganizationId,
    pub network_id: NetworkId,
    pub name: Name,
}

/// Creates the network, for the customer of the organization.
pub fn create(command: Create, state: &State, organization: &organization::State) -> Decision {
    let Create { organization_id, network_id, name } = command;
    let organization = customers(organization_id, organization)?;
    if *state != State::Absent {
        return Err(Refusal::NetworkExists);
    }
    let customer_id = organization.customer_id.clone();
    Ok(vec![NetworkCreated { network_id, organization_id, customer_id, name }.into()])
}

/// The organization, if it is a customer's: networks are not for third parties (rule 26).
pub fn customers(
    organization_id: OrganizationId,
    organization: &organization::State,
) -> Result<&Organization, Refusal> {
    let organization = organization.registered().ok_or(Refusal::OrganizationUnknown { organization_id })?;
    match organization.kind {
        OrganizationKind::Customer => Ok(organization),
        OrganizationKind::ThirdParty => Err(Refusal::NetworksForCustomersOnly),
    }
}
