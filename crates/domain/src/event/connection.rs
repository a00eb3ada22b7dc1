//! Events of connections: the consents of tenants.

use crate::{AppId, AppVersion, ClientId, ConnectionId, Environment, GroupId, TenantId};

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
