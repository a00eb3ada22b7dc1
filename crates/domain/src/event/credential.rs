//! Events of credentials: client ids and their secrets.

use jiff::Timestamp;

use crate::{AccessTokenId, AppId, ClientId, Environment, GroupId, Hint, SecretId, Sha256, TenantId};

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

/// One access token opens nothing from now on (RFC 7009). It is not a token for Chancery's own API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRevoked {
    pub client_id: ClientId,
    pub app_id: AppId,
    /// None where a group shares the credential.
    pub tenant_id: Option<TenantId>,
    pub environment: Environment,
    pub token_id: AccessTokenId,
    /// When it would have ended by itself.
    pub expires_at: Timestamp,
    /// The group whose consenting members share the credential; without one it is one tenant's.
    pub group_id: Option<GroupId>,
}
