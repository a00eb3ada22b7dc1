//! Chancery's own API tokens: who may call it, and as whom.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    ApiTokenIssued, ApiTokenRevoked, Decision, Event, Instance, Name, OrganizationId, PersonId, Refusal,
    Role, Sha256, Stamp, TenantId, TokenId, listing, organization, tenant,
};

/// Where a token stands in its life.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Absent,
    Issued(Arc<Token>),
    Revoked(Arc<Token>, Stamp),
}

/// A token and what it is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub token_id: TokenId,
    pub role: Role,
    pub name: Name,
    pub sha256: Sha256,
    pub organization_id: Option<OrganizationId>,
    pub tenants: Vec<Instance>,
    pub subject_id: Option<PersonId>,
    pub expires_at: Option<Timestamp>,
    pub issued: Stamp,
}

impl State {
    /// The token if its bearer is to be let in at this time.
    pub fn live_at(&self, now: Timestamp) -> Option<&Token> {
        match self {
            Self::Issued(token) if token.expires_at.is_none_or(|end| now < end) => Some(token),
            Self::Absent | Self::Issued(_) | Self::Revoked(..) => None,
        }
    }
}

/// Folds one event of the token's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (State::Absent, Event::ApiTokenIssued(event)) => State::Issued(Arc::new(Token {
            token_id: event.token_id,
            role: event.role,
            name: event.name.clone(),
            sha256: event.sha256,
            organization_id: event.organization_id,
            tenants: event.tenants.clone(),
            subject_id: event.subject_id.clone(),
            expires_at: event.expires_at,
            issued: stamp.clone(),
        })),
        (State::Issued(token), Event::ApiTokenRevoked(_)) => State::Revoked(token, stamp.clone()),
        (state, _) => state,
    }
}

/// Issues a token. Its text was made outside; here is what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    pub token_id: TokenId,
    pub role: Role,
    pub name: Name,
    pub sha256: Sha256,
    pub organization_id: Option<OrganizationId>,
    pub tenants: Vec<Instance>,
    pub subject_id: Option<PersonId>,
    pub expires_at: Option<Timestamp>,
}

/// What issuing looks at.
#[derive(Debug, Clone, Copy)]
pub struct IssueFacts<'a> {
    /// The organization that the command names.
    pub organization: &'a organization::State,
    /// The tenants that the command names.
    pub tenants: &'a [(TenantId, tenant::State)],
    pub now: Timestamp,
}

/// Issues the token: a developer's for an organization, a tenant admin's for instances, others for neither.
pub fn issue(mut command: Issue, state: &State, facts: &IssueFacts<'_>) -> Decision {
    if *state != State::Absent {
        return Err(Refusal::TokenExists);
    }
    command.tenants.sort_unstable();
    command.tenants.dedup();
    organization_fits(&command, facts.organization)?;
    tenants_fit(&command, facts.tenants)?;
    if command.expires_at.is_some_and(|end| end <= facts.now) {
        return Err(Refusal::TokenExpiryPast);
    }
    let Issue { token_id, role, name, sha256, organization_id, tenants, subject_id, expires_at } = command;
    let issued =
        ApiTokenIssued { token_id, role, name, sha256, organization_id, tenants, subject_id, expires_at };
    Ok(vec![issued.into()])
}

/// Revokes the token `token_id`. Revoking it again changes nothing.
pub fn revoke(token_id: TokenId, state: &State) -> Decision {
    match state {
        State::Absent => Err(Refusal::TokenUnknown),
        State::Issued(_) => Ok(vec![ApiTokenRevoked { token_id }.into()]),
        State::Revoked(..) => Ok(Vec::new()),
    }
}

fn organization_fits(command: &Issue, organization: &organization::State) -> Result<(), Refusal> {
    match (command.role, command.organization_id) {
        (Role::Developer, None) => Err(Refusal::TokenOrganizationMissing),
        (Role::Developer, Some(organization_id)) if organization.registered().is_none() => {
            Err(Refusal::OrganizationUnknown { organization_id })
        }
        (Role::Developer, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => Err(Refusal::TokenOrganizationUnexpected),
    }
}

fn tenants_fit(command: &Issue, tenants: &[(TenantId, tenant::State)]) -> Result<(), Refusal> {
    let instances = &command.tenants;
    if command.role != Role::TenantAdmin {
        return if instances.is_empty() { Ok(()) } else { Err(Refusal::TokenTenantsUnexpected) };
    }
    if instances.is_empty() {
        return Err(Refusal::TokenTenantsMissing);
    }
    if instances.len() > listing::MAX_TENANTS {
        return Err(Refusal::TooManyTenants);
    }
    let registered = |id: TenantId| tenants.iter().find(|(tenant_id, _)| *tenant_id == id);
    let mut unknown = Vec::new();
    for Instance { tenant_id, environment } in instances {
        match registered(*tenant_id) {
            Some((_, tenant @ tenant::State::Registered(_))) => {
                if !tenant.exists_in(environment) {
                    return Err(Refusal::EnvironmentUnknown { environment: environment.clone() });
                }
            }
            Some((_, tenant::State::Absent)) | None => unknown.push(*tenant_id),
        }
    }
    unknown.dedup();
    if unknown.is_empty() { Ok(()) } else { Err(Refusal::TenantUnknown { tenant_ids: unknown }) }
}
