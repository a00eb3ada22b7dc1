//! Groups: tenants of a network, in one environment, whose connections through the group share one credential
//! an app (rules 26 and 27). A group offers; each tenant's admin decides.

mod member;
mod offer;

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    AppId, CustomerId, Decision, Environment, Event, GroupCreated, GroupId, Instance, Name, NetworkId,
    OrganizationId, Refusal, Stamp, TenantId, network,
};

pub use member::{AddTenant, AddTenantFacts, Offered, RemoveTenant, add_tenant, remove_tenant};
pub use offer::{Offer, OfferFacts, offer};

/// How many tenants a group may have.
pub const MAX_TENANTS: usize = 1000;

/// How many apps a group may be offered, without those that were deleted since.
pub const MAX_APPS: usize = 100;

/// Whether the group exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    Created(Arc<Group>),
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub group_id: GroupId,
    pub network_id: NetworkId,
    pub organization_id: OrganizationId,
    /// Whose tenants may be in the group.
    pub customer_id: CustomerId,
    pub name: Name,
    pub environment: Environment,
    pub tenants: BTreeSet<TenantId>,
    /// What is offered to the tenants; an app that was deleted since stays named.
    pub apps: BTreeSet<AppId>,
    pub created: Stamp,
}

impl State {
    pub fn created(&self) -> Option<&Group> {
        match self {
            Self::Absent => None,
            Self::Created(group) => Some(group),
        }
    }

    /// The group as the organization that owns it finds it in the network; anybody else, and elsewhere, finds none.
    pub fn owned_by(
        &self,
        organization_id: OrganizationId,
        network_id: NetworkId,
    ) -> Result<&Group, Refusal> {
        self.created()
            .filter(|group| (group.organization_id, group.network_id) == (organization_id, network_id))
            .ok_or(Refusal::GroupUnknown)
    }

    /// The group as a tenant's admin may name it: one that offers the app to this very instance.
    pub fn offers(&self, app_id: AppId, instance: &Instance) -> Result<&Group, Refusal> {
        self.created()
            .filter(|group| group.apps.contains(&app_id))
            .filter(|group| group.tenants.contains(&instance.tenant_id))
            .filter(|group| group.environment == instance.environment)
            .ok_or(Refusal::GroupUnknown)
    }
}

/// Folds one event of the group's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match state {
        State::Absent => match event {
            Event::GroupCreated(event) => State::Created(Arc::new(created(event, stamp))),
            _ => State::Absent,
        },
        State::Created(mut group) => {
            match event {
                Event::GroupTenantAdded(event) => {
                    Arc::make_mut(&mut group).tenants.insert(event.tenant_id);
                }
                Event::GroupTenantRemoved(event) => {
                    Arc::make_mut(&mut group).tenants.remove(&event.tenant_id);
                }
                Event::GroupAppOffered(event) => {
                    Arc::make_mut(&mut group).apps.insert(event.app_id);
                }
                _ => {}
            }
            State::Created(group)
        }
    }
}

fn created(event: &GroupCreated, stamp: &Stamp) -> Group {
    Group {
        group_id: event.group_id,
        network_id: event.network_id,
        organization_id: event.organization_id,
        customer_id: event.customer_id.clone(),
        name: event.name.clone(),
        environment: event.environment.clone(),
        tenants: BTreeSet::new(),
        apps: BTreeSet::new(),
        created: stamp.clone(),
    }
}

/// Creates a group in a network. Its id was made outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// On whose behalf the caller acts.
    pub organization_id: OrganizationId,
    pub group_id: GroupId,
    pub name: Name,
    pub environment: Environment,
}

/// Creates the group. `configured` are the environments that exist here.
pub fn create(
    command: Create,
    state: &State,
    network: &network::State,
    configured: &[Environment],
) -> Decision {
    let Create { organization_id, group_id, name, environment } = command;
    let network = network.owned_by(organization_id)?;
    if !configured.contains(&environment) {
        return Err(Refusal::EnvironmentUnknown { environment });
    }
    if *state != State::Absent {
        return Err(Refusal::GroupExists);
    }
    let (network_id, customer_id) = (network.network_id, network.customer_id.clone());
    Ok(vec![GroupCreated { group_id, network_id, organization_id, customer_id, name, environment }.into()])
}
