//! What a credential says about its bearer. Organization and tenants come from here, never from a header.

use chancery_domain::{
    Actor, ActorKind, Environment, Instance, OrganizationId, Role, TenantId, TokenId, token::Token,
};

/// The bearer of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub token_id: TokenId,
    pub role: Role,
    /// A developer's organization.
    pub organization_id: Option<OrganizationId>,
    /// The instances that a tenant admin decides for.
    pub tenants: Vec<Instance>,
    /// Who is stamped on what the bearer does: the person that the token acts for, else the token itself.
    pub actor: Actor,
}

impl Principal {
    pub(super) fn of(token: &Token) -> Self {
        let (kind, id) = match &token.subject_id {
            Some(person) => (ActorKind::Person, person.as_str().into()),
            None => (ActorKind::Token, token.token_id.to_string().into()),
        };
        Self {
            token_id: token.token_id,
            role: token.role,
            organization_id: token.organization_id,
            tenants: token.tenants.clone(),
            actor: Actor { kind, id },
        }
    }

    /// Whether the bearer decides for this tenant in this environment (rule 14).
    pub fn decides_for(&self, tenant_id: TenantId, environment: &Environment) -> bool {
        let own = |own: &Instance| own.tenant_id == tenant_id && own.environment == *environment;
        self.role == Role::TenantAdmin && self.tenants.iter().any(own)
    }
}
