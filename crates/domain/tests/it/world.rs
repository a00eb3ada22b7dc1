//! given/when/then: events are folded into the states of their streams, a decision is taken on them, and its
//! answer compared.

use std::collections::HashMap;

use chancery_domain::{
    AppId, ClientId, Decision, Environment, Event, OrganizationId, Stamp, StreamName, TenantId, TokenId, app,
    catalog, connection, credential, listing, organization, tenant, token,
};

use crate::fixtures::stamp;

/// The state of every stream. What nothing happened to is in its first state.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct World {
    organizations: HashMap<StreamName, organization::State>,
    tenants: HashMap<StreamName, tenant::State>,
    pub catalog: catalog::State,
    tokens: HashMap<StreamName, token::State>,
    apps: HashMap<StreamName, app::State>,
    listings: HashMap<StreamName, listing::State>,
    connections: HashMap<StreamName, connection::State>,
    credentials: HashMap<StreamName, credential::State>,
}

/// What happened before.
pub fn given(events: impl IntoIterator<Item = Event>) -> World {
    let mut world = World::default();
    for event in events {
        world.record(&event, &stamp());
    }
    world
}

impl World {
    pub fn record(&mut self, event: &Event, stamp: &Stamp) {
        macro_rules! fold {
            ($states:ident, $module:ident, $stream:expr) => {{
                let state = self.$states.entry($stream).or_default();
                *state = $module::evolve(std::mem::take(state), event, stamp);
            }};
        }
        match event.stream() {
            stream @ StreamName::Organization(_) => fold!(organizations, organization, stream),
            stream @ StreamName::Tenant(_) => fold!(tenants, tenant, stream),
            StreamName::Catalog => {
                self.catalog = catalog::evolve(std::mem::take(&mut self.catalog), event, stamp);
            }
            stream @ StreamName::Token(_) => fold!(tokens, token, stream),
            stream @ StreamName::App(_) => fold!(apps, app, stream),
            stream @ StreamName::Listing(..) => fold!(listings, listing, stream),
            stream @ StreamName::Connection(..) => fold!(connections, connection, stream),
            stream @ StreamName::Credential(_) => fold!(credentials, credential, stream),
            StreamName::Access(_)
            | StreamName::Tunneling(..)
            | StreamName::Network(_)
            | StreamName::Group(_)
            | StreamName::Person(_) => {}
        }
    }

    pub fn organization(&self, id: OrganizationId) -> organization::State {
        self.organizations.get(&StreamName::Organization(id)).cloned().unwrap_or_default()
    }

    pub fn tenant(&self, id: TenantId) -> tenant::State {
        self.tenants.get(&StreamName::Tenant(id)).cloned().unwrap_or_default()
    }

    pub fn token(&self, id: TokenId) -> token::State {
        self.tokens.get(&StreamName::Token(id)).cloned().unwrap_or_default()
    }

    pub fn app(&self, id: AppId) -> app::State {
        self.apps.get(&StreamName::App(id)).cloned().unwrap_or_default()
    }

    pub fn listing(&self, app: AppId, tenant: TenantId) -> listing::State {
        self.listings.get(&StreamName::Listing(app, tenant)).cloned().unwrap_or_default()
    }

    pub fn connection(&self, app: AppId, tenant: TenantId, environment: &Environment) -> connection::State {
        let stream = StreamName::Connection(app, tenant, environment.clone());
        self.connections.get(&stream).cloned().unwrap_or_default()
    }

    pub fn credential(&self, client_id: &ClientId) -> credential::State {
        self.credentials.get(&StreamName::Credential(client_id.clone())).cloned().unwrap_or_default()
    }

    /// Takes a decision on these states.
    pub fn when(self, decide: impl FnOnce(&Self) -> Decision) -> Outcome {
        Outcome { decision: decide(&self), world: self }
    }
}

/// A decision, and the world that it was taken on.
#[derive(Debug)]
pub struct Outcome {
    pub decision: Decision,
    world: World,
}

impl Outcome {
    /// These events follow, in this order.
    pub fn then(self, expected: impl IntoIterator<Item = Event>) -> World {
        let events = self.decision.expect("the command is carried out");
        assert_eq!(events, expected.into_iter().collect::<Vec<_>>());
        let mut world = self.world;
        for event in &events {
            world.record(event, &stamp());
        }
        world
    }

    /// The command is carried out and nothing follows.
    pub fn then_nothing(self) -> World {
        self.then([])
    }

    /// The command is refused with this code.
    pub fn refused(self, code: &str) -> chancery_domain::Refusal {
        let refusal = self.decision.expect_err("the command is refused");
        assert_eq!(refusal.code(), code, "{refusal}");
        refusal
    }
}
