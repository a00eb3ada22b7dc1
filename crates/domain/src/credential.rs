//! Credentials: a client id and its secrets, at most two of them live (rules 16 to 20). A credential is one
//! tenant's, or shared by the consenting members of a group (rule 26).

mod evolve;
mod generate;
mod revoke;
mod token;

use std::sync::Arc;

use jiff::Timestamp;
use rpds::RedBlackTreeMapSync;

use crate::{
    AccessTokenId, AppId, ClientId, CredentialManagement, GroupId, Hint, Instance, OrganizationId, Refusal,
    SecretId, Sha256, Stamp, TenantId,
    app::{self, App},
    connection::{self, Grant},
    listing,
};

pub use evolve::evolve;
pub(crate) use generate::first;
pub use generate::{Generate, GenerateShared, NewSecret, SharedFacts, generate, generate_shared};
pub use revoke::{Revoke, revoke};
pub use token::{RevokeToken, revoke_token};

/// Whether the credential had a secret yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    Issued(Arc<Credential>),
}

/// A credential with its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub client_id: ClientId,
    pub app_id: AppId,
    /// The newest secret: it has no end. None when it was revoked.
    pub current: Option<IssuedSecret>,
    /// The secret before it. Rule 19 leaves room for one.
    pub previous: Option<Retiring>,
    /// Secrets that open nothing any more, and since when. Shared between a credential and what it is after the
    /// next secret.
    ended: RedBlackTreeMapSync<SecretId, Timestamp>,
    /// Access tokens that were revoked, and when each would have ended by itself. Those that have are forgotten.
    revoked_tokens: RedBlackTreeMapSync<AccessTokenId, Timestamp>,
}

/// What is kept of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedSecret {
    pub secret_id: SecretId,
    pub sha256: Sha256,
    pub hint: Hint,
    pub created: Stamp,
}

/// A secret that has an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retiring {
    pub secret: IssuedSecret,
    pub retires_at: Timestamp,
}

/// Whose a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    Tenant(TenantId),
    /// Shared by its consenting members (rule 26).
    Group(GroupId),
}

impl Holder {
    /// Whose the credential of this tenant's connection is.
    pub(crate) fn of(tenant_id: TenantId, group_id: Option<GroupId>) -> Self {
        group_id.map_or(Self::Tenant(tenant_id), Self::Group)
    }

    /// As events say it: an event names a tenant only if it is about that one alone.
    pub(crate) const fn ids(self) -> (Option<TenantId>, Option<GroupId>) {
        match self {
            Self::Tenant(tenant_id) => (Some(tenant_id), None),
            Self::Group(group_id) => (None, Some(group_id)),
        }
    }
}

impl State {
    pub fn issued(&self) -> Option<&Credential> {
        match self {
            Self::Absent => None,
            Self::Issued(credential) => Some(credential),
        }
    }
}

impl Credential {
    /// The secrets that open the door at this time, the newest first.
    pub fn live_at(&self, now: Timestamp) -> impl Iterator<Item = &IssuedSecret> {
        let previous = self.retiring_at(now).map(|previous| &previous.secret);
        self.current.iter().chain(previous)
    }

    /// The secret that still opens the door at this time, and has an end.
    pub fn retiring_at(&self, now: Timestamp) -> Option<&Retiring> {
        self.previous.as_ref().filter(|previous| now < previous.retires_at)
    }

    /// Since when the secret opens nothing, if it is one of this credential's that does not `now`.
    pub fn ended_at(&self, secret_id: SecretId, now: Timestamp) -> Option<Timestamp> {
        let retired = self.previous.iter().find(|previous| previous.secret.secret_id == secret_id);
        let retired = retired.map(|retired| retired.retires_at).filter(|end| *end <= now);
        retired.or_else(|| self.ended.get(&secret_id).copied())
    }
}

/// Who asks for a secret, or for its end (rule 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A developer, on behalf of this organization.
    Developer(OrganizationId),
    /// The admin of the tenant whose connection it is.
    TenantAdmin,
}

/// What deciding about the credential of a connection looks at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub app: &'a app::State,
    pub listing: &'a listing::State,
    /// The connection of the app with the command's instance.
    pub connection: &'a connection::State,
}

/// The app and the grant that stands, in play or paused, if this side manages the app's credentials.
fn managed<'a>(side: Side, instance: &Instance, facts: &Facts<'a>) -> Result<(&'a App, &'a Grant), Refusal> {
    let app = match side {
        Side::Developer(organization_id) => facts.app.owned_by(organization_id)?,
        Side::TenantAdmin => {
            let seen = connection::Facts { app: facts.app, listing: facts.listing };
            facts.connection.app(instance, &seen)?
        }
    };
    match (side, app.credential_management) {
        (Side::Developer(_), CredentialManagement::Developer)
        | (Side::TenantAdmin, CredentialManagement::TenantAdmin) => {}
        (Side::Developer(_), CredentialManagement::TenantAdmin) => {
            return Err(Refusal::CredentialsManagedByTenantAdmin);
        }
        (Side::TenantAdmin, CredentialManagement::Developer) => {
            return Err(Refusal::CredentialsManagedByDeveloper);
        }
    }
    let grant = facts.connection.standing().ok_or(Refusal::NotConnected)?;
    Ok((app, grant))
}
