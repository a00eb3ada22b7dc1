//! Why a call may not pass: a code that never changes, a status, and who must do what.

use std::fmt;

use crate::Quota;

/// The first check that failed (DESIGN §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    Stale,
    AppKeyMissing,
    AppUnknown,
    TokenMissing,
    TokenInvalid,
    TokenExpired,
    TokenCutOff,
    AppDeleted,
    KeyTokenMismatch,
    EnvironmentMismatch,
    OperationUnknown,
    TenantMismatch,
    NotConnected,
    Disabled,
    ScopeMissing(Box<Held>),
    ReportLimited(Quota),
    RateLimited(Quota),
}

/// A scope that the call needs and that it does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub scope: String,
    pub granted_version: u32,
    pub latest_version: u32,
    /// The first version after the granted one that has the scope.
    pub held_from_version: Option<u32>,
    /// Whether the grant has it, and only the token was asked for less.
    pub granted: bool,
}

impl Denial {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Stale => "gate_stale",
            Self::AppKeyMissing => "app_key_missing",
            Self::AppUnknown => "app_unknown",
            Self::TokenMissing => "token_missing",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::TokenCutOff => "token_cut_off",
            Self::AppDeleted => "app_deleted",
            Self::KeyTokenMismatch => "key_token_mismatch",
            Self::EnvironmentMismatch => "environment_mismatch",
            Self::OperationUnknown => "operation_unknown",
            Self::TenantMismatch => "tenant_mismatch",
            Self::NotConnected => "not_connected",
            Self::Disabled => "disabled",
            Self::ScopeMissing(_) => "scope_missing",
            Self::ReportLimited(_) => "report_limited",
            Self::RateLimited(_) => "rate_limited",
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Stale => 503,
            Self::AppKeyMissing
            | Self::AppUnknown
            | Self::TokenMissing
            | Self::TokenInvalid
            | Self::TokenExpired
            | Self::TokenCutOff => 401,
            Self::AppDeleted
            | Self::KeyTokenMismatch
            | Self::EnvironmentMismatch
            | Self::OperationUnknown
            | Self::TenantMismatch
            | Self::NotConnected
            | Self::Disabled
            | Self::ScopeMissing(_) => 403,
            Self::ReportLimited(_) | Self::RateLimited(_) => 429,
        }
    }

    /// What the caller's limit says, where that is why.
    pub const fn quota(&self) -> Option<Quota> {
        match self {
            Self::ReportLimited(quota) | Self::RateLimited(quota) => Some(*quota),
            _ => None,
        }
    }
}

/// What to do, and who.
impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stale => "Try again shortly: the gate does not know the latest decisions.",
            Self::AppKeyMissing => "Send the app's key with the call.",
            Self::AppUnknown => "Send the key of a registered app: there is none with this one.",
            Self::TokenMissing => "Send an access token: get one with the client credentials.",
            Self::TokenInvalid => "Get a new access token: this one was not issued for this API.",
            Self::TokenExpired => "Get a new access token: this one has expired.",
            Self::TokenCutOff => {
                "Get a new access token: what this one was issued on has been revoked or paused since."
            }
            Self::AppDeleted => "Stop calling: the app's developer deleted the app.",
            Self::KeyTokenMismatch => "Send the key of the app that the token was issued to.",
            Self::EnvironmentMismatch => "Call the environment that the token was issued for.",
            Self::OperationUnknown => {
                "Call an operation of the published catalog, with its exact method and path."
            }
            Self::TenantMismatch => "Call for a tenant that the credential is connected to.",
            Self::NotConnected => "Ask the tenant's admin to connect the app again.",
            Self::Disabled => "Ask the tenant's admin to restore the connection: it is paused.",
            Self::ScopeMissing(held) => return held.fmt(f),
            Self::ReportLimited(_) => "Wait: this report was fetched as often as one tenant may.",
            Self::RateLimited(_) => "Slow down: the app made as many calls for this tenant as it may.",
        })
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scope, granted_version, latest_version, held_from_version, granted } = self;
        match held_from_version {
            _ if *granted => write!(f, "Ask for {scope} when getting the token: the grant has it."),
            Some(version) => write!(
                f,
                "Ask the tenant's admin to upgrade from version {granted_version} to {latest_version}: {scope} is in \
                 the app since version {version}."
            ),
            None => write!(
                f,
                "Ask the app's developer to add {scope}: no version from {granted_version} to {latest_version} has it."
            ),
        }
    }
}
