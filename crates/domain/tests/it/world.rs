//! given/when/then: events are folded into the states of their streams, a decision is taken on them, and its
//! answer compared.

use std::collections::HashMap;

use chancery_domain::{
    AccessRequestId, AppId, ClientId, CustomerId, Decision, Environment, Event, GroupId, NetworkId,
    OrganizationId, PersonId, ProjectionName, Stamp, StreamName, TenantId, TokenId, access, app, catalog,
    connection, credential, group, limit, listing, network, organization, person, projection, tenant, token,
    tunneling,
};

use crate::fixtures::stamp;

/// The state of every stream. What nothing happened to is in its first state.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct World {
    requests: HashMap<StreamName, access::State>,
    organizations: HashMap<StreamName, organization::State>,
    tenants: HashMap<StreamName, tenant::State>,
    pub catalog: catalog::State,
    tokens: HashMap<StreamName, token::State>,
    apps: HashMap<StreamName, app::State>,
    listings: HashMap<StreamName, listing::State>,
    attempts: HashMap<StreamName, tunneling::State>,
    limits: HashMap<StreamName, limit::State>,
    connections: HashMap<StreamName, connection::State>,
    credentials: HashMap<StreamName, credential::State>,
    networks: HashMap<StreamName, network::State>,
    groups: HashMap<StreamName, group::State>,
    people: HashMap<StreamName, person::State>,
    projections: HashMap<StreamName, projection::State>,
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
            stream @ StreamName::Access(_) => fold!(requests, access, stream),
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
            stream @ StreamName::Tunneling(..) => fold!(attempts, tunneling, stream),
            stream @ StreamName::Limit(..) => fold!(limits, limit, stream),
            stream @ StreamName::Person(_) => fold!(people, person, stream),
            stream @ StreamName::Projection(_) => fold!(projections, projection, stream),
            stream @ StreamName::Network(_) => fold!(networks, network, stream),
            stream @ StreamName::Group(_) => fold!(groups, group, stream),
        }
    }

    pub fn request(&self, id: AccessRequestId) -> access::State {
        self.requests.get(&StreamName::Access(id)).cloned().unwrap_or_default()
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

    /// The customers of the tenants that the app is listed for.
    pub fn customers_listed(&self, app: AppId) -> Vec<CustomerId> {
        let tenants = self.listings.iter().filter_map(|(stream, state)| match stream {
            StreamName::Listing(of, tenant) if *of == app && state.is_listed() => Some(self.tenant(*tenant)),
            _ => None,
        });
        tenants.filter_map(|tenant| Some(tenant.registered()?.customer_id.clone())).collect()
    }

    pub fn limit(&self, stream: &StreamName) -> limit::State {
        self.limits.get(stream).copied().unwrap_or_default()
    }

    pub fn attempt(&self, stream: &StreamName) -> tunneling::State {
        self.attempts.get(stream).cloned().unwrap_or_default()
    }

    pub fn person(&self, id: &PersonId) -> person::State {
        self.people.get(&StreamName::Person(id.clone())).cloned().unwrap_or_default()
    }

    pub fn projection(&self, name: &ProjectionName) -> projection::State {
        self.projections.get(&StreamName::Projection(name.clone())).cloned().unwrap_or_default()
    }

    pub fn connection(&self, app: AppId, tenant: TenantId, environment: &Environment) -> connection::State {
        let stream = StreamName::Connection(app, tenant, environment.clone());
        self.connections.get(&stream).cloned().unwrap_or_default()
    }

    pub fn credential(&self, client_id: &ClientId) -> credential::State {
        self.credentials.get(&StreamName::Credential(client_id.clone())).cloned().unwrap_or_default()
    }

    pub fn network(&self, id: NetworkId) -> network::State {
        self.networks.get(&StreamName::Network(id)).cloned().unwrap_or_default()
    }

    pub fn group(&self, id: GroupId) -> group::State {
        self.groups.get(&StreamName::Group(id)).cloned().unwrap_or_default()
    }

    /// More happened, at the time of the stamp.
    pub fn and(mut self, stamp: &Stamp, events: impl IntoIterator<Item = Event>) -> Self {
        for event in events {
            self.record(&event, stamp);
        }
        self
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
