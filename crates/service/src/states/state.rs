//! The state of any stream.

use chancery_domain::{
    Event, Stamp, StreamName, access, app, catalog, connection, credential, group, limit, listing, network,
    organization, person, projection, tenant, token, tunneling,
};

/// A stream's state and the version that it reflects.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    pub(crate) version: u64,
    pub(crate) state: State,
}

impl Folded {
    /// A stream that has no event.
    pub(crate) fn absent(stream: &StreamName) -> Self {
        Self { version: 0, state: State::absent(stream) }
    }

    pub(crate) fn apply(&mut self, event: &Event, stamp: &Stamp) {
        self.version += 1;
        self.state.apply(event, stamp);
    }
}

/// `Variant: module, name,` for every kind of stream.
macro_rules! states {
    ($($variant:ident: $module:ident, $name:pat,)+) => {
        #[derive(Debug, Clone)]
        pub(crate) enum State {
            $($variant($module::State),)+
        }

        impl State {
            fn absent(stream: &StreamName) -> Self {
                match stream { $($name => Self::$variant($module::State::default()),)+ }
            }

            fn apply(&mut self, event: &Event, stamp: &Stamp) {
                match self {
                    $(Self::$variant(state) => *state = $module::evolve(std::mem::take(state), event, stamp),)+
                }
            }
        }
    };
}

states! {
    Access: access, StreamName::Access(_),
    Organization: organization, StreamName::Organization(_),
    Tenant: tenant, StreamName::Tenant(_),
    Catalog: catalog, StreamName::Catalog,
    Token: token, StreamName::Token(_),
    App: app, StreamName::App(_),
    Listing: listing, StreamName::Listing(..),
    Connection: connection, StreamName::Connection(..),
    Credential: credential, StreamName::Credential(_),
    Tunneling: tunneling, StreamName::Tunneling(..),
    Limit: limit, StreamName::Limit(..),
    Network: network, StreamName::Network(_),
    Group: group, StreamName::Group(_),
    Person: person, StreamName::Person(_),
    Projection: projection, StreamName::Projection(_),
}
