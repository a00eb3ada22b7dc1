//! Tenants: customers' accounts, and the environments that they exist in.

use std::sync::Arc;

use crate::{CustomerId, Decision, Environment, Event, Name, Refusal, Stamp, TenantId, TenantRegistered};

/// Whether the tenant exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    Registered(Arc<Tenant>),
}

/// A registered tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub tenant_id: TenantId,
    pub name: Name,
    pub customer_id: CustomerId,
    /// Sorted, each once.
    pub environments: Vec<Environment>,
    pub registered: Stamp,
}

impl State {
    pub fn registered(&self) -> Option<&Tenant> {
        match self {
            Self::Absent => None,
            Self::Registered(tenant) => Some(tenant),
        }
    }

    /// Whether the tenant exists in this environment.
    pub fn exists_in(&self, environment: &Environment) -> bool {
        self.registered().is_some_and(|tenant| tenant.environments.contains(environment))
    }
}

/// Folds one event of the tenant's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (State::Absent, Event::TenantRegistered(event)) => State::Registered(Arc::new(Tenant {
            tenant_id: event.tenant_id,
            name: event.name.clone(),
            customer_id: event.customer_id.clone(),
            environments: event.environments.clone(),
            registered: stamp.clone(),
        })),
        (state, _) => state,
    }
}

/// Registers a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    pub tenant_id: TenantId,
    pub name: Name,
    pub customer_id: CustomerId,
    pub environments: Vec<Environment>,
}

/// Registers the tenant. `configured` are the environments that exist here. The same registration again
/// changes nothing; another one under the same id is refused.
pub fn register(command: Register, state: &State, configured: &[Environment]) -> Decision {
    let Register { tenant_id, name, customer_id, mut environments } = command;
    environments.sort_unstable();
    environments.dedup();
    if environments.is_empty() {
        return Err(Refusal::EnvironmentsMissing);
    }
    if let Some(environment) = environments.iter().find(|environment| !configured.contains(environment)) {
        return Err(Refusal::EnvironmentUnknown { environment: environment.clone() });
    }
    match state {
        State::Absent => Ok(vec![TenantRegistered { tenant_id, name, customer_id, environments }.into()]),
        State::Registered(tenant)
            if (&tenant.name, &tenant.customer_id, &tenant.environments)
                == (&name, &customer_id, &environments) =>
        {
            Ok(Vec::new())
        }
        State::Registered(_) => Err(Refusal::TenantExists { tenant_id }),
    }
}
