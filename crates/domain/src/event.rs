//! What happened. One to one the messages of `proto/`, with the same field names, in typed values.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    Access, AccessRequestId, AppId, AppKey, AppVersion, ClientId, ConnectionId, CustomerId, Day, Environment,
    GroupId, Hint, HomepageUrl, Instance, Name, NetworkId, OrganizationId, PersonId, Reason, Scope, ScopeSet,
    SecretId, Sha256, StreamName, TenantId, TokenId,
};

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
    PersonForgotten, e => StreamName::Person(e.person_id.clone()), None, None;
}

/// A stranger asks to build apps (rule 1). Who it is and what for stands outside the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequested {
    pub request_id: AccessRequestId,
    /// The person who asks.
    pub requester_id: PersonId,
    pub company: Name,
}

/// A reviewer let the company in: the organization and its integration instance are registered beside this
/// (rule 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessApproved {
    pub request_id: AccessRequestId,
    pub organization_id: OrganizationId,
    /// The integration instance.
    pub tenant_id: TenantId,
    pub reason: Reason,
}

/// A reviewer turned the request down (rule 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRejected {
    pub request_id: AccessRequestId,
    pub reason: Reason,
}

/// Who builds apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrganizationKind {
    /// Builds apps for other companies; its public apps are reviewed (rule 12).
    ThirdParty,
    /// Builds apps for its own tenants (rule 3).
    Customer,
}

/// An organization may build apps from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationRegistered {
    pub organization_id: OrganizationId,
    pub name: Name,
    pub kind: OrganizationKind,
    /// For a third party: the organization itself (rule 1).
    pub customer_id: CustomerId,
    /// The one instance from which a third party creates apps (rule 2).
    pub integration_tenant_id: Option<TenantId>,
}

/// A tenant exists in these environments from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRegistered {
    pub tenant_id: TenantId,
    pub name: Name,
    pub customer_id: CustomerId,
    /// Sorted, each once.
    pub environments: Vec<Environment>,
}

/// A scope that an app can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogScope {
    pub scope: Scope,
    pub module: String,
    pub resource: String,
    pub access: Access,
    pub title: String,
}

/// How an operation is limited (rule 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationKind {
    Standard,
    Reporting,
    Export,
}

/// An operation of the platform's API and the one scope that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub id: String,
    pub module: String,
    /// HTTP method, upper case.
    pub method: String,
    /// Path template with one `{tenant}`.
    pub path: String,
    pub scope: Scope,
    pub kind: OperationKind,
}

/// The catalog is exactly this from now on. Scopes that left it stay valid where they were granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeCatalogPublished {
    pub scopes: Arc<[CatalogScope]>,
    pub operations: Arc<[Operation]>,
}

/// What a token's bearer may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Developer,
    TenantAdmin,
    Reviewer,
    Platform,
    Gateway,
    Consumer,
    Auditor,
    Operator,
}

/// A bearer token was issued. Its text stands nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiTokenIssued {
    pub token_id: TokenId,
    pub role: Role,
    pub name: Name,
    /// Of the token's text.
    pub sha256: Sha256,
    /// The organization that a developer acts for.
    pub organization_id: Option<OrganizationId>,
    /// The instances that a tenant admin decides for.
    pub tenants: Vec<Instance>,
    /// The person whom the token acts for; without one it acts for itself.
    pub subject_id: Option<PersonId>,
    /// Without one it never expires.
    pub expires_at: Option<Timestamp>,
}

/// The token is refused from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiTokenRevoked {
    pub token_id: TokenId,
}

/// Whom an app is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Visibility {
    Public,
    /// Serves one customer (rule 10).
    Private,
}

/// Who generates the secrets of a connection (rule 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialManagement {
    TenantAdmin,
    Developer,
}

/// An app exists, with its key and version 1 (rule 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppCreated {
    pub app_id: AppId,
    pub app_key: AppKey,
    pub organization_id: OrganizationId,
    pub name: Name,
    pub organization_name: Name,
    pub homepage_url: HomepageUrl,
    pub visibility: Visibility,
    pub credential_management: CredentialManagement,
    /// The instance it was created from (rules 2 and 3).
    pub instance_tenant_id: TenantId,
    pub instance_environment: Environment,
    /// Version 1.
    pub scopes: ScopeSet,
    /// True for a public app of a third party: tenants see it after [`AppApproved`] (rule 12).
    pub review_required: bool,
}

/// What the app says of itself, or whom it is for, is exactly this from now on (rules 4 and 10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppDetailsEdited {
    pub app_id: AppId,
    pub name: Name,
    pub organization_name: Name,
    pub homepage_url: HomepageUrl,
    pub visibility: Visibility,
}

/// The set of scopes changed: the next version (rule 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopesEdited {
    pub app_id: AppId,
    pub version: AppVersion,
    /// All scopes of this version.
    pub scopes: ScopeSet,
    pub added: ScopeSet,
    pub removed: ScopeSet,
}

/// The app is listed for the tenant; this grants nothing (rule 9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantAdded {
    pub app_id: AppId,
    pub tenant_id: TenantId,
}

/// The app is no longer listed for the tenant; its connections there are revoked beside this (rule 24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRemoved {
    pub app_id: AppId,
    pub tenant_id: TenantId,
}

/// From now on the secrets of all the app's connections are generated by this side (rule 17).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialManagementChanged {
    pub app_id: AppId,
    pub credential_management: CredentialManagement,
}

/// The app waits for a reviewer: corrected after a rejection, or made public (rules 10 and 12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRequested {
    pub app_id: AppId,
}

/// A reviewer approved the app, once and for ever (rule 12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppApproved {
    pub app_id: AppId,
    pub reason: Reason,
}

/// A reviewer rejected the app; it can be corrected and resubmitted (rule 12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRejected {
    pub app_id: AppId,
    pub reason: Reason,
}

/// The app is gone: its key opens nothing, and all its connections have ended (rule 11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppDeleted {
    pub app_id: AppId,
}

/// A third party tried to create an app from an instance that is not its own (rule 2); the first such attempt of
/// the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TunnelingBlocked {
    pub organization_id: OrganizationId,
    /// What the attempt named, whether it exists or not.
    pub tenant_id: TenantId,
    pub environment: Environment,
    pub day: Day,
}

/// The tenant's admin allowed the app at this version (rule 15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantConnected {
    pub app_id: AppId,
    pub tenant_id: TenantId,
    pub environment: Environment,
    pub connection_id: ConnectionId,
    pub version: AppVersion,
    /// Minted by this consent, or the one that the group's members share (rule 26).
    pub client_id: ClientId,
    /// The group through which the tenant connected; without one it connected by itself.
    pub group_id: Option<GroupId>,
}

/// The tenant's admin declined to connect at this version; an allow may follow (rule 15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionDeclined {
    pub app_id: AppId,
    pub tenant_id: TenantId,
    pub environment: Environment,
    pub version: AppVersion,
}

/// A secret was generated (rules 17 to 20). Its text stands nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretGenerated {
    pub client_id: ClientId,
    pub app_id: AppId,
    /// None where a group shares the credential.
    pub tenant_id: Option<TenantId>,
    pub environment: Environment,
    pub secret_id: SecretId,
    /// Of the secret's text.
    pub sha256: Sha256,
    pub hint: Hint,
    /// The secret beside it that retires.
    pub previous_secret_id: Option<SecretId>,
    /// When that one retires.
    pub previous_retires_at: Option<Timestamp>,
    /// The secret that was retired at once to make room (rule 19).
    pub retired_secret_id: Option<SecretId>,
    /// The group whose consenting members share the credential (rule 26); without one it is one tenant's.
    pub group_id: Option<GroupId>,
}

/// The secret opens nothing from now on, and the tokens issued on it stop at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRevoked {
    pub client_id: ClientId,
    pub app_id: AppId,
    /// None where a group shares the credential.
    pub tenant_id: Option<TenantId>,
    pub environment: Environment,
    pub secret_id: SecretId,
    /// The group whose consenting members share the credential; without one it is one tenant's.
    pub group_id: Option<GroupId>,
}

/// The grant moved to a later version (rules 21 and 22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionUpgraded {
    pub app_id: AppId,
    pub tenant_id: TenantId,
    pub environment: Environment,
    pub from_version: AppVersion,
    pub version: AppVersion,
}

/// The tenant's admin keeps the granted version; this offer is silent from now on (rule 22).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradeDeclined {
    pub app_id: AppId,
    pub tenant_id: TenantId,
    pub environment: Environment,
    pub granted_version: AppVersion,
    /// The offer that was declined.
    pub version: AppVersion,
}

/// The tenant's admin paused the connection: its tokens stop at once, the credential survives (rule 23).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionDisabled {
    pub app_id: AppId,
    pub tenant_id: TenantId,
    pub environment: Environment,
}

/// The connection goes on at the same version with the same credential; tokens issued before the disable stay
/// dead (rule 23).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRestored {
    pub app_id: AppId,
    pub tenant_id: TenantId,
    pub environment: Environment,
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevocationCause {
    /// The tenant's admin disconnected the app.
    Disconnected,
    /// The developer removed the tenant from the app.
    TenantRemoved,
    /// The customer removed the tenant from the group through which it connected (rule 27).
    GroupTenantRemoved,
}

/// The connection and its tokens ended; a new consent mints a new client id (rule 24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRevoked {
    pub app_id: AppId,
    pub tenant_id: TenantId,
    pub environment: Environment,
    pub cause: RevocationCause,
}

/// A customer organization has a network of its customer's tenants (rule 26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkCreated {
    pub network_id: NetworkId,
    pub organization_id: OrganizationId,
    /// The customer whose tenants may be in the network's groups.
    pub customer_id: CustomerId,
    pub name: Name,
}

/// Tenants of one environment that will share one credential an app (rule 26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupCreated {
    pub group_id: GroupId,
    pub network_id: NetworkId,
    pub organization_id: OrganizationId,
    /// Whose tenants may be in the group.
    pub customer_id: CustomerId,
    pub name: Name,
    pub environment: Environment,
}

/// The tenant is in the group from now on: what is offered to the group is offered to it (rule 27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupTenantAdded {
    pub group_id: GroupId,
    pub tenant_id: TenantId,
}

/// The tenant is no longer in the group; its connections through the group are revoked beside this (rule 27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupTenantRemoved {
    pub group_id: GroupId,
    pub tenant_id: TenantId,
}

/// The app is offered to the group's tenants; each one's admin decides (rule 26).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupAppOffered {
    pub group_id: GroupId,
    pub app_id: AppId,
}

/// The person's name and address are deleted everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonForgotten {
    pub person_id: PersonId,
}
