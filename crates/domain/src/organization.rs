//! Organizations: who builds apps.

use std::sync::Arc;

use crate::{
    CustomerId, Decision, Environment, Event, Instance, Name, OrganizationId, OrganizationKind,
    OrganizationRegistered, Refusal, Stamp, TenantId, tenant,
};

/// Whether the organization exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    Registered(Arc<Organization>),
}

/// A registered organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    pub organization_id: OrganizationId,
    pub name: Name,
    pub kind: OrganizationKind,
    pub customer_id: CustomerId,
    /// A third party's only instance.
    pub integration_tenant_id: Option<TenantId>,
    pub registered: Stamp,
}

impl Organization {
    /// The one instance from which a third party creates apps (rule 2).
    pub fn integration_instance(&self) -> Option<Instance> {
        let environment = Environment::integration();
        self.integration_tenant_id.map(|tenant_id| Instance { tenant_id, environment })
    }
}

impl State {
    pub fn registered(&self) -> Option<&Organization> {
        match self {
            Self::Absent => None,
            Self::Registered(organization) => Some(organization),
        }
    }
}

/// Folds one event of the organization's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (State::Absent, Event::OrganizationRegistered(event)) => State::Registered(Arc::new(Organization {
            organization_id: event.organization_id,
            name: event.name.clone(),
            kind: event.kind,
            customer_id: event.customer_id.clone(),
            integration_tenant_id: event.integration_tenant_id,
            registered: stamp.clone(),
        })),
        (state, _) => state,
    }
}

/// Registers an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    pub organization_id: OrganizationId,
    pub name: Name,
    pub profile: Profile,
}

/// What is asked of each kind of organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profile {
    /// Its integration instance is registered with it, and carries its name (rule 1).
    ThirdParty { integration_tenant_id: TenantId },
    /// Owns the tenants of this customer (rule 3).
    Customer { customer_id: CustomerId },
}

/// Registers the organization and, for a third party, its integration instance.
///
/// `integration_tenant` is the state of the tenant that a third party names. A registered tenant
/// belongs to somebody else and is refused.
pub fn register(command: Register, state: &State, integration_tenant: &tenant::State) -> Decision {
    let Register { organization_id, name, profile } = command;
    match profile {
        Profile::ThirdParty { integration_tenant_id: tenant_id } => {
            let tenant_name = name.clone();
            let command = ThirdParty { organization_id, name, tenant_id, tenant_name };
            third_party(command, state, integration_tenant)
        }
        Profile::Customer { customer_id } => {
            absent(state)?;
            let registered = OrganizationRegistered {
                organization_id,
                name,
                kind: OrganizationKind::Customer,
                customer_id,
                integration_tenant_id: None,
            };
            Ok(vec![registered.into()])
        }
    }
}

/// A third party and its integration instance.
pub(crate) struct ThirdParty {
    pub organization_id: OrganizationId,
    pub name: Name,
    pub tenant_id: TenantId,
    pub tenant_name: Name,
}

/// Registers both, where neither is registered.
pub(crate) fn third_party(command: ThirdParty, state: &State, tenant: &tenant::State) -> Decision {
    absent(state)?;
    let ThirdParty { organization_id, name, tenant_id, tenant_name } = command;
    let customer_id = CustomerId::from(organization_id);
    let instance = tenant::Register {
        tenant_id,
        name: tenant_name,
        customer_id: customer_id.clone(),
        environments: vec![Environment::integration()],
    };
    let instance = tenant::register(instance, tenant, &[Environment::integration()])?;
    let registered = OrganizationRegistered {
        organization_id,
        name,
        kind: OrganizationKind::ThirdParty,
        customer_id,
        integration_tenant_id: Some(tenant_id),
    };
    Ok([registered.into()].into_iter().chain(instance).collect())
}

fn absent(state: &State) -> Result<(), Refusal> {
    match state {
        State::Absent => Ok(()),
        State::Registered(_) => Err(Refusal::OrganizationExists),
    }
}
