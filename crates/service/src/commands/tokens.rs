//! Issuing and revoking Chancery's own API tokens.

use chancery_domain::{
    ApiToken, Environment, Instance, Name, OrganizationId, PersonId, StreamName, TenantId, TokenId,
    organization, token,
};
use chancery_views::Role;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Answer, Caller, CommandError, Commands, apps::unchanged_since, fields::Fields, people::Person,
    plan::Plan, words,
};
use crate::states::Seen;

/// A token to issue.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueToken {
    pub role: Role,
    /// A label: 1 to 100 characters.
    pub name: String,
    /// The person that the token acts for; without one it acts for itself.
    pub subject: Option<Subject>,
    /// A developer's, and only a developer's.
    pub organization_id: Option<Uuid>,
    /// The instances that a tenant admin decides for, and only a tenant admin.
    #[serde(default)]
    pub tenants: Vec<chancery_views::Instance>,
    /// Never, where it is absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// A person. The name is kept beside the log, never in it, and can be forgotten.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Opaque: 1 to 100 visible ASCII characters, no e-mail address.
    pub id: String,
    pub name: String,
}

/// A token that was issued.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IssuedToken {
    pub token_id: Uuid,
    /// Shown once; `null` in the answer to a retry.
    pub token: Option<String>,
    /// True in the answer to a retry: the token was shown before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret_shown: bool,
}

/// A token that is refused from now on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RevokedToken {
    pub token_id: Uuid,
}

impl Commands {
    /// `POST /v1/tokens`
    pub async fn issue_token(&self, caller: &Caller, body: IssueToken) -> Result<Answer, CommandError> {
        let token_id = TokenId(self.0.sources.uuid());
        let secret = ApiToken::from_entropy(self.0.sources.bytes());
        let sha256 = chancery_domain::Sha256(Sha256::digest(secret.expose()).into());
        let (command, subject) = body.read(token_id, sha256)?;
        let now = self.0.sources.now();
        let stream = StreamName::Token(token_id);
        let kept = IssuedToken { token_id: token_id.0, token: None, secret_shown: true };
        let shown =
            IssuedToken { token: Some(secret.expose().to_owned()), secret_shown: false, ..kept.clone() };
        let decide = |seen: &Seen| {
            let tenant_ids = command.tenants.iter().map(|instance| instance.tenant_id);
            seen.need(tenant_ids.clone().map(StreamName::Tenant))?;
            let tenant = |tenant_id| Ok((tenant_id, seen.tenant(tenant_id)?));
            let facts = token::IssueFacts {
                organization: &match command.organization_id {
                    Some(organization_id) => seen.organization(organization_id)?,
                    None => organization::State::Absent,
                },
                tenants: &tenant_ids.map(tenant).collect::<Result<Vec<_>, crate::states::Missing>>()?,
                now,
            };
            let events = token::issue(command.clone(), &seen.token(token_id)?, &facts)?;
            Ok(Plan::new(201, events, &kept).shown(&shown).about(stream.clone()))
        };
        let named = std::slice::from_ref(&stream);
        if let Some(person) = subject {
            // Only what is about to be issued names somebody: neither a retry nor a refusal writes a name, least of
            // all one that was forgotten since.
            if let Some(answer) = self.0.executor.replay(caller).await? {
                return Ok(answer);
            }
            self.0.executor.permits(caller, named, &decide).await?;
            self.write_person(&person).await?;
        }
        self.0.executor.execute(caller, named, decide).await
    }

    /// `DELETE /v1/tokens/{id}`
    pub async fn revoke_token(&self, caller: &Caller, token_id: TokenId) -> Result<Answer, CommandError> {
        let body = RevokedToken { token_id: token_id.0 };
        let decide = |seen: &Seen| {
            let events = token::revoke(token_id, &seen.token(token_id)?)?;
            unchanged_since(caller, seen, &StreamName::Token(token_id))?;
            Ok(Plan::new(200, events, &body).about(StreamName::Token(token_id)))
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}

impl IssueToken {
    /// The command, and the person in it.
    fn read(
        &self,
        token_id: TokenId,
        sha256: chancery_domain::Sha256,
    ) -> Result<(token::Issue, Option<Person>), CommandError> {
        let mut fields = Fields::default();
        let name = fields.read("/name", Name::parse(&self.name));
        let subject = self.subject.as_ref().map(|subject| {
            let id = fields.read("/subject/id", PersonId::parse(&subject.id));
            let name = fields.read("/subject/name", Name::parse(&subject.name));
            id.zip(name).map(|(id, name)| Person { id, name, email: None, purpose: None })
        });
        let tenants = fields.each("/tenants", &self.tenants, |instance| {
            let tenant_id = TenantId::new(instance.tenant_id)?;
            Ok(Instance { tenant_id, environment: Environment::parse(&instance.environment)? })
        });
        let subject = subject.flatten();
        let command = || {
            Some(token::Issue {
                token_id,
                role: words::to_role(self.role),
                name: name?,
                sha256,
                organization_id: self.organization_id.map(OrganizationId),
                tenants,
                subject_id: subject.as_ref().map(|person| person.id.clone()),
                expires_at: self.expires_at,
            })
        };
        Ok((fields.done(command())?, subject))
    }
}
