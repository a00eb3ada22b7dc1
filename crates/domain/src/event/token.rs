//! Events of Chancery's own API tokens.

use jiff::Timestamp;

use crate::{Instance, Name, OrganizationId, PersonId, Sha256, TokenId};

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
