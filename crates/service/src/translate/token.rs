//! Events of Chancery's own API tokens.

use chancery_domain::{
    ApiTokenIssued, ApiTokenRevoked, Environment, Instance, Name, OrganizationId, PersonId, TokenId,
};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    word, write,
};

impl Translate for ApiTokenIssued {
    type Message = v1::ApiTokenIssued;

    fn to_wire(&self) -> Self::Message {
        v1::ApiTokenIssued {
            token_id: self.token_id.to_string(),
            role: word::role::to_wire(self.role),
            name: self.name.to_string(),
            sha256: self.sha256.0.to_vec(),
            organization_id: write::optional(self.organization_id),
            tenants: self.tenants.iter().map(Translate::to_wire).collect(),
            subject_id: write::optional(self.subject_id.as_ref()),
            expires_at: self.expires_at.map(Into::into),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        let organization_id = read::optional_uuid("organization_id", &message.organization_id)?;
        Ok(Self {
            token_id: TokenId(read::uuid("token_id", &message.token_id)?),
            role: word::role::to_domain("role", message.role)?,
            name: Name::recorded(message.name.as_str()),
            sha256: read::sha256("sha256", &message.sha256)?,
            organization_id: organization_id.map(OrganizationId),
            tenants: read::each(&message.tenants, Instance::to_domain)?,
            subject_id: read::optional(&message.subject_id).map(PersonId::recorded),
            expires_at: read::time("expires_at", message.expires_at)?,
        })
    }
}

impl Translate for Instance {
    type Message = v1::Instance;

    fn to_wire(&self) -> Self::Message {
        v1::Instance {
            tenant_id: write::tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            tenant_id: read::tenant_id("tenants.tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
        })
    }
}

impl Translate for ApiTokenRevoked {
    type Message = v1::ApiTokenRevoked;

    fn to_wire(&self) -> Self::Message {
        v1::ApiTokenRevoked { token_id: self.token_id.to_string() }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self { token_id: TokenId(read::uuid("token_id", &message.token_id)?) })
    }
}
