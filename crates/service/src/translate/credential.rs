//! Events of a credential.

use chancery_domain::{
    AccessTokenId, AppId, ClientId, Environment, GroupId, Hint, SecretGenerated, SecretId, SecretRevoked,
    TokenRevoked,
};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    write,
};

impl Translate for SecretGenerated {
    type Message = v1::SecretGenerated;

    fn to_wire(&self) -> Self::Message {
        v1::SecretGenerated {
            client_id: self.client_id.to_string(),
            app_id: self.app_id.to_string(),
            tenant_id: write::optional_tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
            secret_id: self.secret_id.to_string(),
            sha256: self.sha256.0.to_vec(),
            hint: self.hint.to_string(),
            previous_secret_id: write::optional(self.previous_secret_id),
            previous_retires_at: self.previous_retires_at.map(Into::into),
            retired_secret_id: write::optional(self.retired_secret_id),
            group_id: write::optional(self.group_id),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        let previous_secret_id = read::optional_uuid("previous_secret_id", &message.previous_secret_id)?;
        let retired_secret_id = read::optional_uuid("retired_secret_id", &message.retired_secret_id)?;
        Ok(Self {
            client_id: ClientId::recorded(message.client_id.as_str()),
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::optional_tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
            secret_id: SecretId(read::uuid("secret_id", &message.secret_id)?),
            sha256: read::sha256("sha256", &message.sha256)?,
            hint: Hint::recorded(message.hint.as_str()),
            previous_secret_id: previous_secret_id.map(SecretId),
            previous_retires_at: read::time("previous_retires_at", message.previous_retires_at)?,
            retired_secret_id: retired_secret_id.map(SecretId),
            group_id: read::optional_uuid("group_id", &message.group_id)?.map(GroupId),
        })
    }
}

impl Translate for SecretRevoked {
    type Message = v1::SecretRevoked;

    fn to_wire(&self) -> Self::Message {
        v1::SecretRevoked {
            client_id: self.client_id.to_string(),
            app_id: self.app_id.to_string(),
            tenant_id: write::optional_tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
            secret_id: self.secret_id.to_string(),
            group_id: write::optional(self.group_id),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            client_id: ClientId::recorded(message.client_id.as_str()),
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::optional_tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
            secret_id: SecretId(read::uuid("secret_id", &message.secret_id)?),
            group_id: read::optional_uuid("group_id", &message.group_id)?.map(GroupId),
        })
    }
}

impl Translate for TokenRevoked {
    type Message = v1::TokenRevoked;

    fn to_wire(&self) -> Self::Message {
        v1::TokenRevoked {
            client_id: self.client_id.to_string(),
            app_id: self.app_id.to_string(),
            tenant_id: write::optional_tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
            token_id: self.token_id.to_string(),
            expires_at: Some(self.expires_at.into()),
            group_id: write::optional(self.group_id),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        let expires_at = read::time("expires_at", message.expires_at)?;
        Ok(Self {
            client_id: ClientId::recorded(message.client_id.as_str()),
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::optional_tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
            token_id: AccessTokenId(read::uuid("token_id", &message.token_id)?),
            expires_at: expires_at.ok_or(Unusable("expires_at"))?,
            group_id: read::optional_uuid("group_id", &message.group_id)?.map(GroupId),
        })
    }
}
