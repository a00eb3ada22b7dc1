//! What one decision has looked at: the streams, each at one version, and apps' listed tenants, each at one position.
//! A look at what was not loaded says what is missing; the decision is then made again from the start, which costs
//! nothing, since it is a pure function.

use std::collections::{BTreeMap, BTreeSet};

use chancery_domain::{
    AccessRequestId, AppId, ClientId, CustomerId, Day, Event, GroupId, Instance, Limited, NetworkId,
    OrganizationId, PersonId, ProjectionName, Stamp, StreamName, TenantId, TokenId, access, app, catalog,
    connection, credential, group, limit, listing, network, organization, person, projection, tenant, token,
    tunneling,
};
use chancery_journal::{Touch, Unless};

use super::{Folded, Listed, State};

/// What a decision needs and what is not loaded yet.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    pub(crate) streams: Vec<StreamName>,
    /// Apps whose listed tenants are wanted.
    pub(crate) listed: Vec<AppId>,
}

impl From<StreamName> for Missing {
    fn from(stream: StreamName) -> Self {
        Self { streams: vec![stream], listed: Vec::new() }
    }
}

/// What a decision may look at.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    streams: BTreeMap<StreamName, Folded>,
    listed: BTreeMap<AppId, Listed>,
    /// Who acts, at the time that is not known before the append.
    stamp: Stamp,
}

/// `function(arguments) -> module: Variant of StreamName;`
macro_rules! looks {
    ($($function:ident($($argument:ident: $type:ty),*) -> $module:ident: $variant:ident, $name:expr;)+) => {$(
        pub(crate) fn $function(&self $(, $argument: $type)*) -> Result<$module::State, Missing> {
            let name = $name;
            match self.streams.get(&name) {
                Some(Folded { state: State::$variant(state), .. }) => Ok(state.clone()),
                _ => Err(name.into()),
            }
        }
    )+};
}

impl Seen {
    pub(crate) fn new(stamp: Stamp) -> Self {
        Self { streams: BTreeMap::new(), listed: BTreeMap::new(), stamp }
    }

    looks! {
        access(id: AccessRequestId) -> access: Access, StreamName::Access(id);
        organization(id: OrganizationId) -> organization: Organization, StreamName::Organization(id);
        tenant(id: TenantId) -> tenant: Tenant, StreamName::Tenant(id);
        catalog() -> catalog: Catalog, StreamName::Catalog;
        token(id: TokenId) -> token: Token, StreamName::Token(id);
        app(id: AppId) -> app: App, StreamName::App(id);
        listing(app: AppId, tenant: TenantId) -> listing: Listing, StreamName::Listing(app, tenant);
        connection(app: AppId, instance: &Instance) -> connection: Connection,
            StreamName::Connection(app, instance.tenant_id, instance.environment.clone());
        credential(id: &ClientId) -> credential: Credential, StreamName::Credential(id.clone());
        tunneling(organization: OrganizationId, instance: &Instance, day: Day) -> tunneling: Tunneling,
            StreamName::Tunneling(organization, instance.tenant_id, instance.environment.clone(), day);
        limit(limited: &Limited, instance: &Instance) -> limit: Limit,
            StreamName::Limit(limited.clone(), instance.tenant_id, instance.environment.clone());
        network(id: NetworkId) -> network: Network, StreamName::Network(id);
        group(id: GroupId) -> group: Group, StreamName::Group(id);
        person(id: &PersonId) -> person: Person, StreamName::Person(id.clone());
        projection(name: &ProjectionName) -> projection: Projection, StreamName::Projection(name.clone());
    }

    /// The customers of the tenants that the app is listed for, each once; of several the first two, which say
    /// enough (rule 10). Whoever looks gets an append that fails if a tenant is listed or unlisted meanwhile.
    pub(crate) fn customers(&self, app_id: AppId) -> Result<Vec<CustomerId>, Missing> {
        /// Looked at together; there may be thousands, and two are enough to see that there are several.
        const TOGETHER: usize = 1000;
        let missing = || Missing { streams: Vec::new(), listed: vec![app_id] };
        let listed = self.listed.get(&app_id).ok_or_else(missing)?;
        let mut customers = BTreeSet::new();
        for tenants in listed.tenants().chunks(TOGETHER) {
            self.need(tenants.iter().copied().map(StreamName::Tenant))?;
            for tenant_id in tenants {
                customers.extend(self.tenant(*tenant_id)?.registered().map(|t| t.customer_id.clone()));
            }
            if customers.len() > 1 {
                break;
            }
        }
        Ok(customers.into_iter().take(2).collect())
    }

    /// Asks for all that is missing at once.
    pub(crate) fn need(&self, streams: impl IntoIterator<Item = StreamName>) -> Result<(), Missing> {
        let streams: Vec<_> =
            streams.into_iter().filter(|stream| !self.streams.contains_key(stream)).collect();
        if streams.is_empty() { Ok(()) } else { Err(Missing { streams, listed: Vec::new() }) }
    }

    /// Adds a stream that was loaded, or one that was named just now and so has no event.
    pub(crate) fn insert(&mut self, stream: StreamName, folded: Folded) {
        self.streams.insert(stream, folded);
    }

    /// Adds the tenants that an app is listed for.
    pub(crate) fn insert_listed(&mut self, app_id: AppId, listed: Listed) {
        self.listed.insert(app_id, listed);
    }

    /// The streams as they will be after `events`.
    pub(crate) fn after(&self, events: &[Event]) -> Self {
        self.stamped(events, &self.stamp)
    }

    /// The streams as they are after `events` were recorded.
    pub(crate) fn stamped(&self, events: &[Event], stamp: &Stamp) -> Self {
        let mut after = self.clone();
        for event in events {
            if let Some(folded) = after.streams.get_mut(&event.stream()) {
                folded.apply(event, stamp);
            }
        }
        after
    }

    pub(crate) fn version(&self, stream: &StreamName) -> Option<u64> {
        self.streams.get(stream).map(|folded| folded.version)
    }

    /// What the append must find unchanged.
    pub(crate) fn touches(&self) -> Vec<Touch> {
        let touch = |(stream, folded): (&StreamName, &Folded)| Touch {
            stream: stream.to_string(),
            version: folded.version,
        };
        self.streams.iter().map(touch).collect()
    }

    /// What the append must not find.
    pub(crate) fn unless(&self) -> Vec<Unless> {
        self.listed.iter().map(|(app_id, listed)| listed.unless(*app_id)).collect()
    }

    /// The streams that were looked at, in the order of their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &StreamName> {
        self.streams.keys()
    }

    /// The streams that others wrote since an earlier look; an app, where its listed tenants changed.
    pub(crate) fn moved_since(&self, earlier: &Self) -> BTreeSet<StreamName> {
        let streams = self.streams.iter().filter(|(stream, folded)| {
            earlier.version(stream).is_some_and(|version| version != folded.version)
        });
        let apps = self.listed.iter().filter(|(app_id, listed)| {
            earlier.listed.get(app_id).is_some_and(|earlier| !earlier.is_same(listed))
        });
        let apps = apps.map(|(app_id, _)| StreamName::App(*app_id));
        streams.map(|(stream, _)| stream.clone()).chain(apps).collect()
    }

    pub(crate) fn into_streams(self) -> impl Iterator<Item = (StreamName, Folded)> {
        self.streams.into_iter()
    }
}
