//! What happened. One to one the messages of `proto/`, with the same field names, in typed values.

mod app;
mod catalog;
mod connection;
mod credential;
mod limit;
mod listing;
mod network;
mod organization;
mod projection;
mod token;

pub use app::*;
pub use catalog::*;
pub use connection::*;
pub use credential::*;
pub use limit::*;
pub use listing::*;
pub use network::*;
pub use organization::*;
pub use projection::*;
pub use token::*;

use crate::{AppId, StreamName, TenantId};

/// `Type: how the stream, the app and the tenant of its event are read from it;`
macro_rules! events {
    ($($name:ident, $event:pat => $stream:expr, $app:expr, $tenant:expr;)+) => {
        /// An event.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(clippy::large_enum_variant, reason = "the large ones are the common ones")]
        pub enum Event {
            $($name($name),)+
        }

        impl Event {
            /// The message's name.
            pub const fn event_type(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)+ }
            }

            /// The stream that the event belongs to.
            #[allow(unused_variables, reason = "not every event's stream is read from the event")]
            pub fn stream(&self) -> StreamName {
                match self { $(Self::$name($event) => $stream,)+ }
            }

            /// The app whose affairs the event is about: the envelope's `key_app`.
            #[allow(unused_variables, reason = "not every event names an app")]
            pub const fn app(&self) -> Option<AppId> {
                match self { $(Self::$name($event) => $app,)+ }
            }

            /// The tenant whose affairs the event is about: the envelope's `key_tenant`. Instances from which
            /// apps are created are facts about those who create.
            #[allow(unused_variables, reason = "not every event names a tenant")]
            pub const fn tenant(&self) -> Option<TenantId> {
                match self { $(Self::$name($event) => $tenant,)+ }
            }
        }

        $(impl From<$name> for Event {
            fn from(event: $name) -> Self {
                Self::$name(event)
            }
        })+
    };
}

events! {
    AccessRequested, e => StreamName::Access(e.request_id), None, None;
    AccessApproved, e => StreamName::Access(e.request_id), None, None;
    AccessRejected, e => StreamName::Access(e.request_id), None, None;
    OrganizationRegistered, e => StreamName::Organization(e.organization_id), None, None;
    TenantRegistered, e => StreamName::Tenant(e.tenant_id), None, Some(e.tenant_id);
    ScopeCatalogPublished, e => StreamName::Catalog, None, None;
    ApiTokenIssued, e => StreamName::Token(e.token_id), None, None;
    ApiTokenRevoked, e => StreamName::Token(e.token_id), None, None;
    AppCreated, e => StreamName::App(e.app_id), Some(e.app_id), None;
    AppDetailsEdited, e => StreamName::App(e.app_id), Some(e.app_id), None;
    ScopesEdited, e => StreamName::App(e.app_id), Some(e.app_id), None;
    TenantAdded, e => StreamName::Listing(e.app_id, e.tenant_id), Some(e.app_id), Some(e.tenant_id);
    TenantRemoved, e => StreamName::Listing(e.app_id, e.tenant_id), Some(e.app_id), Some(e.tenant_id);
    CredentialManagementChanged, e => StreamName::App(e.app_id), Some(e.app_id), None;
    ReviewRequested, e => StreamName::App(e.app_id), Some(e.app_id), None;
    AppApproved, e => StreamName::App(e.app_id), Some(e.app_id), None;
    AppRejected, e => StreamName::App(e.app_id), Some(e.app_id), None;
    AppDeleted, e => StreamName::App(e.app_id), Some(e.app_id), None;
    TunnelingBlocked, e => StreamName::Tunneling(e.organization_id, e.tenant_id, e.environment.clone(), e.day),
        None, Some(e.tenant_id);
    TenantConnected, e => StreamName::Connection(e.app_id, e.tenant_id, e.environment.clone()),
        Some(e.app_id), Some(e.tenant_id);
    ConnectionDeclined, e => StreamName::Connection(e.app_id, e.tenant_id, e.environment.clone()),
        Some(e.app_id), Some(e.tenant_id);
    SecretGenerated, e => StreamName::Credential(e.client_id.clone()), Some(e.app_id), e.tenant_id;
    SecretRevoked, e => StreamName::Credential(e.client_id.clone()), Some(e.app_id), e.tenant_id;
    TokenRevoked, e => StreamName::Credential(e.client_id.clone()), Some(e.app_id), e.tenant_id;
    VersionUpgraded, e => StreamName::Connection(e.app_id, e.tenant_id, e.environment.clone()),
        Some(e.app_id), Some(e.tenant_id);
    UpgradeDeclined, e => StreamName::Connection(e.app_id, e.tenant_id, e.environment.clone()),
        Some(e.app_id), Some(e.tenant_id);
    ConnectionDisabled, e => StreamName::Connection(e.app_id, e.tenant_id, e.environment.clone()),
        Some(e.app_id), Some(e.tenant_id);
    ConnectionRestored, e => StreamName::Connection(e.app_id, e.tenant_id, e.environment.clone()),
        Some(e.app_id), Some(e.tenant_id);
    ConnectionRevoked, e => StreamName::Connection(e.app_id, e.tenant_id, e.environment.clone()),
        Some(e.app_id), Some(e.tenant_id);
    NetworkCreated, e => StreamName::Network(e.network_id), None, None;
    GroupCreated, e => StreamName::Group(e.group_id), None, None;
    GroupTenantAdded, e => StreamName::Group(e.group_id), None, Some(e.tenant_id);
    GroupTenantRemoved, e => StreamName::Group(e.group_id), None, Some(e.tenant_id);
    GroupAppOffered, e => StreamName::Group(e.group_id), Some(e.app_id), None;
    RateLimitOverridden, e => StreamName::Limit(e.limited.clone(), e.tenant_id, e.environment.clone()),
        e.limited.app(), Some(e.tenant_id);
    PersonForgotten, e => StreamName::Person(e.person_id.clone()), None, None;
    ProjectionOperated, e => StreamName::Projection(e.projection.clone()), None, None;
}
