//! Why a command is refused: a sentence that says what to do, a code that never changes, and the data that
//! a client needs to go on.

use crate::{
    AppVersion, Environment, Instance, Invalid, OrganizationId, RebuildId, ScopeSet, TenantId, catalog,
    group, listing,
};

/// Who must change what, coarsely; the HTTP status is derived from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command cannot be carried out for anybody as it stands.
    Invalid,
    /// Somebody else may, the caller may not.
    Forbidden,
    /// The caller sees no such thing, whether it exists or not.
    NotFound,
    /// The state is not one in which this can be done.
    Conflict,
}

/// A rule of the domain says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Invalid(#[from] Invalid),

    #[error("The access request's id is taken; send it under another one.")]
    AccessRequestExists,
    #[error("Name an access request that was sent: there is none with this id.")]
    AccessRequestUnknown,
    #[error("The access request is decided already; the company may send another one.")]
    AccessRequestDecided,
    #[error("Name the tenant that becomes the company's integration instance.")]
    TenantMissing,
    #[error("Leave the tenant out: a rejected company gets none.")]
    TenantUnexpected,

    #[error("Name an organization that is registered: {organization_id} is not.")]
    OrganizationUnknown { organization_id: OrganizationId },
    #[error("The organization is registered already; register another one under another id.")]
    OrganizationExists,

    #[error("Register these tenants first, or leave them out: {}.", listed(tenant_ids))]
    TenantUnknown { tenant_ids: Vec<TenantId> },
    #[error("Tenant {tenant_id} is registered otherwise already; choose another id.")]
    TenantExists { tenant_id: TenantId },
    #[error(
        "Name a tenant that is registered, in an environment that it exists in: {instance} is not there."
    )]
    InstanceAbsent { instance: Instance },
    #[error("Name at least one environment in which the tenant exists.")]
    EnvironmentsMissing,
    #[error("Name an environment that exists here: {environment} does not.")]
    EnvironmentUnknown { environment: Environment },

    #[error("Correct the catalog and publish it again: it has {} problems.", problems.len())]
    CatalogInvalid { problems: Vec<catalog::Problem> },

    #[error("Name the organization that the developer acts for.")]
    TokenOrganizationMissing,
    #[error("Leave the organization out: only a developer's token has one.")]
    TokenOrganizationUnexpected,
    #[error("Name the instances that the tenant admin decides for.")]
    TokenTenantsMissing,
    #[error("Leave the tenants out: only a tenant admin's token has them.")]
    TokenTenantsUnexpected,
    #[error("Choose an expiry in the future.")]
    TokenExpiryPast,
    #[error("The token's id is taken; issue it under another one.")]
    TokenExists,
    #[error("Name a token that was issued: there is none with this id.")]
    TokenUnknown,

    #[error("Create the app from your organization's own integration instance, not from {instance}.")]
    CustomerTunneling { instance: Instance },
    #[error("Name the instance that the app is created from.")]
    InstanceMissing,
    #[error("Create the app from an instance that your organization owns: {instance} is not one.")]
    InstanceUnknown { instance: Instance },
    #[error("The app's id is taken; create it under another one.")]
    AppExists,
    #[error("Name an app that you can see: there is none with this id.")]
    AppUnknown,
    #[error("Choose at least one scope.")]
    ScopesMissing,
    #[error("Choose scopes of the published catalog; these are not in it: {scopes}.")]
    ScopeUnknown { scopes: ScopeSet },

    #[error("Name at least one tenant.")]
    TenantsMissing,
    #[error("Name at most {} tenants in one call.", listing::MAX_TENANTS)]
    TooManyTenants,
    #[error("Keep to the tenants of one customer, or to a public app: a private app serves one customer.")]
    SeveralCustomers,
    #[error("Name a tenant that the app is listed for: {tenant_id} is not.")]
    TenantNotListed { tenant_id: TenantId },

    #[error("Nothing to review: only public apps of third parties are reviewed.")]
    ReviewNotRequired,
    #[error("The review is decided already; a rejected app is reviewed again once it is resubmitted.")]
    ReviewDecided,
    #[error("Say why: whoever is rejected needs to know what to correct.")]
    ReasonMissing,

    #[error("Look at version {latest}, the app's latest, and decide on that.")]
    VersionStale { latest: AppVersion },
    #[error("Upgrade the connection, or disconnect it first: it is connected at version {granted}.")]
    AlreadyConnected { granted: AppVersion },
    #[error("Ask the tenant's admin to connect the app first: it is not connected.")]
    NotConnected,
    #[error("Restore the connection first: it is disabled.")]
    ConnectionDisabled,
    #[error("Nothing to decline: the connection is at the app's latest version, {granted}.")]
    UpgradeNotOffered { granted: AppVersion },

    #[error("Ask the app's developer for the secret: the developer manages this app's credentials.")]
    CredentialsManagedByDeveloper,
    #[error("Ask the tenant's admin for the secret: the tenant's admin manages this app's credentials.")]
    CredentialsManagedByTenantAdmin,
    #[error("Name a secret of this connection: there is none with this id.")]
    SecretUnknown,
    #[error("Revoke the secret: so many of its access tokens are revoked that one more would be too many.")]
    TooManyRevokedTokens,

    #[error("Connect tenants one by one: networks are for customers' own organizations.")]
    NetworksForCustomersOnly,
    #[error("The network's id is taken; create it under another one.")]
    NetworkExists,
    #[error("Name a network of your organization: there is none with this id.")]
    NetworkUnknown,
    #[error("The group's id is taken; create it under another one.")]
    GroupExists,
    #[error("Name a group that is yours, or that offers you the app: there is none with this id.")]
    GroupUnknown,
    #[error(
        "Make another group: this one is full, with {} tenants or {} apps.",
        group::MAX_TENANTS,
        group::MAX_APPS
    )]
    GroupFull,
    #[error("Name a tenant of the group: {tenant_id} is not in it.")]
    TenantNotInGroup { tenant_id: TenantId },

    #[error("Name a projection that GET /v1/projections lists: there is none of this name.")]
    ProjectionUnknown,
    #[error("Wait for rebuild {rebuild_id}, promote it or cancel it first: one runs at a time.")]
    RebuildRunning { rebuild_id: RebuildId },
    #[error("Name a rebuild of this projection: there is none with this id.")]
    RebuildUnknown,
    #[error("Ask for another rebuild: this one is over.")]
    RebuildOver,
    #[error("Nothing to pause: the rebuild has caught up.")]
    RebuildCaughtUp,
    #[error("Wait until rebuild {rebuild_id} has caught up: it is not complete yet.")]
    RebuildNotReady { rebuild_id: RebuildId },
    #[error("Ask for a rebuild first: none waits to be promoted.")]
    NothingToPromote,
    #[error("Ask for a rebuild instead: the build that was live before is dropped, or there was none.")]
    NoFormerBuild,
    #[error("Wait a moment: what was asked before is not carried out yet.")]
    SwitchRunning,
    #[error("Wait for the verification that runs.")]
    VerificationRunning,
    #[error("Name an event that is parked: none is at this position.")]
    DeadLetterUnknown,
    #[error("Decide on the event at position {position} first: this one only waits behind it.")]
    DeadLetterWaits { position: u64 },
    #[error("Say why the event is left out: whoever reads it later needs to know.")]
    SkipReasonMissing,
}

impl Refusal {
    /// The stable code of a problem document.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(invalid) => invalid.code(),
            Self::AccessRequestExists => "access_request_exists",
            Self::AccessRequestUnknown => "access_request_unknown",
            Self::AccessRequestDecided => "access_request_decided",
            Self::TenantMissing => "tenant_missing",
            Self::TenantUnexpected => "tenant_unexpected",
            Self::OrganizationUnknown { .. } => "organization_unknown",
            Self::OrganizationExists => "organization_exists",
            Self::TenantUnknown { .. } => "tenant_unknown",
            Self::TenantExists { .. } => "tenant_exists",
            Self::InstanceAbsent { .. } => "instance_absent",
            Self::EnvironmentsMissing => "environments_missing",
            Self::EnvironmentUnknown { .. } => "environment_unknown",
            Self::CatalogInvalid { .. } => "catalog_invalid",
            Self::TokenOrganizationMissing => "token_organization_missing",
            Self::TokenOrganizationUnexpected => "token_organization_unexpected",
            Self::TokenTenantsMissing => "token_tenants_missing",
            Self::TokenTenantsUnexpected => "token_tenants_unexpected",
            Self::TokenExpiryPast => "token_expiry_past",
            Self::TokenExists => "token_exists",
            Self::TokenUnknown => "token_unknown",
            Self::CustomerTunneling { .. } => "customer_tunneling",
            Self::InstanceMissing => "instance_missing",
            Self::InstanceUnknown { .. } => "instance_unknown",
            Self::AppExists => "app_exists",
            Self::AppUnknown => "app_unknown",
            Self::ScopesMissing => "scopes_missing",
            Self::ScopeUnknown { .. } => "scope_unknown",
            Self::TenantsMissing => "tenants_missing",
            Self::TooManyTenants => "too_many_tenants",
            Self::SeveralCustomers => "several_customers",
            Self::TenantNotListed { .. } => "tenant_not_listed",
            Self::ReviewNotRequired => "review_not_required",
            Self::ReviewDecided => "review_decided",
            Self::ReasonMissing => "reason_missing",
            Self::VersionStale { .. } => "version_stale",
            Self::AlreadyConnected { .. } => "already_connected",
            Self::NotConnected => "not_connected",
            Self::ConnectionDisabled => "connection_disabled",
            Self::UpgradeNotOffered { .. } => "upgrade_not_offered",
            Self::CredentialsManagedByDeveloper => "credentials_managed_by_developer",
            Self::CredentialsManagedByTenantAdmin => "credentials_managed_by_tenant_admin",
            Self::SecretUnknown => "secret_unknown",
            Self::TooManyRevokedTokens => "too_many_revoked_tokens",
            Self::NetworksForCustomersOnly => "networks_for_customers_only",
            Self::NetworkExists => "network_exists",
            Self::NetworkUnknown => "network_unknown",
            Self::GroupExists => "group_exists",
            Self::GroupUnknown => "group_unknown",
            Self::GroupFull => "group_full",
            Self::TenantNotInGroup { .. } => "tenant_not_in_group",
            Self::ProjectionUnknown => "projection_unknown",
            Self::RebuildRunning { .. } => "rebuild_running",
            Self::RebuildUnknown => "rebuild_unknown",
            Self::RebuildOver => "rebuild_over",
            Self::RebuildCaughtUp => "rebuild_caught_up",
            Self::RebuildNotReady { .. } => "rebuild_not_ready",
            Self::NothingToPromote => "nothing_to_promote",
            Self::NoFormerBuild => "no_former_build",
            Self::SwitchRunning => "switch_running",
            Self::VerificationRunning => "verification_running",
            Self::DeadLetterUnknown => "dead_letter_unknown",
            Self::DeadLetterWaits { .. } => "dead_letter_waits",
            Self::SkipReasonMissing => "skip_reason_missing",
        }
    }

    /// What sort of refusal it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_)
            | Self::TenantMissing
            | Self::TenantUnexpected
            | Self::OrganizationUnknown { .. }
            | Self::TenantUnknown { .. }
            | Self::EnvironmentsMissing
            | Self::EnvironmentUnknown { .. }
            | Self::CatalogInvalid { .. }
            | Self::TokenOrganizationMissing
            | Self::TokenOrganizationUnexpected
            | Self::TokenTenantsMissing
            | Self::TokenTenantsUnexpected
            | Self::TokenExpiryPast
            | Self::InstanceMissing
            | Self::InstanceUnknown { .. }
            | Self::ScopesMissing
            | Self::ScopeUnknown { .. }
            | Self::TenantsMissing
            | Self::TooManyTenants
            | Self::ReasonMissing
            | Self::SkipReasonMissing => Kind::Invalid,
            Self::CustomerTunneling { .. }
            | Self::CredentialsManagedByDeveloper
            | Self::CredentialsManagedByTenantAdmin
            | Self::NetworksForCustomersOnly => Kind::Forbidden,
            Self::AccessRequestUnknown
            | Self::AppUnknown
            | Self::TokenUnknown
            | Self::InstanceAbsent { .. }
            | Self::TenantNotListed { .. }
            | Self::SecretUnknown
            | Self::NetworkUnknown
            | Self::GroupUnknown
            | Self::TenantNotInGroup { .. }
            | Self::ProjectionUnknown
            | Self::RebuildUnknown
            | Self::DeadLetterUnknown => Kind::NotFound,
            Self::AccessRequestExists
            | Self::AccessRequestDecided
            | Self::OrganizationExists
            | Self::TenantExists { .. }
            | Self::TokenExists
            | Self::AppExists
            | Self::SeveralCustomers
            | Self::ReviewNotRequired
            | Self::ReviewDecided
            | Self::VersionStale { .. }
            | Self::AlreadyConnected { .. }
            | Self::NotConnected
            | Self::ConnectionDisabled
            | Self::UpgradeNotOffered { .. }
            | Self::NetworkExists
            | Self::GroupExists
            | Self::GroupFull
            | Self::TooManyRevokedTokens
            | Self::RebuildRunning { .. }
            | Self::RebuildOver
            | Self::RebuildCaughtUp
            | Self::RebuildNotReady { .. }
            | Self::NothingToPromote
            | Self::NoFormerBuild
            | Self::SwitchRunning
            | Self::VerificationRunning
            | Self::DeadLetterWaits { .. } => Kind::Conflict,
        }
    }
}

fn listed(tenant_ids: &[TenantId]) -> String {
    tenant_ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
