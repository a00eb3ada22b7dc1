//! What one decision has looked at: the streams, each at one version. A look at a stream that was not loaded
//! says which one is missing; the decision is then made again from the start, which costs nothing, since it is
//! a pure function.

use std::collections::BTreeMap;

use chancery_domain::{
    AppId, ClientId, Event, Instance, OrganizationId, Stamp, StreamName, TenantId, TokenId, app, catalog,
    connection, credential, listing, organization, tenant, token,
};
use chancery_journal::Touch;

use super::{Folded, State};

/// Streams that a decision needs and that are not loaded yet.
#[derive(Debug)]
pub(crate) struct Missing(pub(crate) Vec<StreamName>);

/// The streams that a decision may look at.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    streams: BTreeMap<StreamName, Folded>,
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
                _ => Err(Missing(vec![name])),
            }
        }
    )+};
}

impl Seen {
    pub(crate) fn new(stamp: Stamp) -> Self {
        Self { streams: BTreeMap::new(), stamp }
    }

    looks! {
        organization(id: OrganizationId) -> organization: Organization, StreamName::Organization(id);
        tenant(id: TenantId) -> tenant: Tenant, StreamName::Tenant(id);
        catalog() -> catalog: Catalog, StreamName::Catalog;
        token(id: TokenId) -> token: Token, StreamName::Token(id);
        app(id: AppId) -> app: App, StreamName::App(id);
        listing(app: AppId, tenant: TenantId) -> listing: Listing, StreamName::Listing(app, tenant);
        connection(app: AppId, instance: &Instance) -> connection: Connection,
            StreamName::Connection(app, instance.tenant_id, instance.environment.clone());
        credential(id: &ClientId) -> credential: Credential, StreamName::Credential(id.clone());
    }

    /// Asks for all that is missing at once.
    pub(crate) fn need(&self, streams: impl IntoIterator<Item = StreamName>) -> Result<(), Missing> {
        let missing: Vec<_> =
            streams.into_iter().filter(|stream| !self.streams.contains_key(stream)).collect();
        if missing.is_empty() { Ok(()) } else { Err(Missing(missing)) }
    }

    /// Adds a stream that was loaded, or one that was named just now and so has no event.
    pub(crate) fn insert(&mut self, stream: StreamName, folded: Folded) {
        self.streams.insert(stream, folded);
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

    pub(crate) fn into_streams(self) -> impl Iterator<Item = (StreamName, Folded)> {
        self.streams.into_iter()
    }
}
