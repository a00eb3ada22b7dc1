//! Events of a connection.

use chancery_domain::{
    AppId, ClientId, ConnectionDeclined, ConnectionDisabled, ConnectionId, ConnectionRestored,
    ConnectionRevoked, Environment, GroupId, TenantConnected, UpgradeDeclined, VersionUpgraded,
};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    word, write,
};

impl Translate for TenantConnected {
    type Message = v1::TenantConnected;

    fn to_wire(&self) -> Self::Message {
        v1::TenantConnected {
            app_id: self.app_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
            connection_id: self.connection_id.to_string(),
            version: write::version(self.version),
            client_id: self.client_id.to_string(),
            group_id: write::optional(self.group_id),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
            connection_id: ConnectionId(read::uuid("connection_id", &message.connection_id)?),
            version: read::version("version", message.version)?,
            client_id: ClientId::recorded(message.client_id.as_str()),
            group_id: read::optional_uuid("group_id", &message.group_id)?.map(GroupId),
        })
    }
}

impl Translate for ConnectionDeclined {
    type Message = v1::ConnectionDeclined;

    fn to_wire(&self) -> Self::Message {
        v1::ConnectionDeclined {
            app_id: self.app_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
            version: write::version(self.version),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
            version: read::version("version", message.version)?,
        })
    }
}

impl Translate for VersionUpgraded {
    type Message = v1::VersionUpgraded;

    fn to_wire(&self) -> Self::Message {
        v1::VersionUpgraded {
            app_id: self.app_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
            from_version: write::version(self.from_version),
            version: write::version(self.version),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
            from_version: read::version("from_version", message.from_version)?,
            version: read::version("version", message.version)?,
        })
    }
}

impl Translate for UpgradeDeclined {
    type Message = v1::UpgradeDeclined;

    fn to_wire(&self) -> Self::Message {
        v1::UpgradeDeclined {
            app_id: self.app_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
            granted_version: write::version(self.granted_version),
            version: write::version(self.version),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
            granted_version: read::version("granted_version", message.granted_version)?,
            version: read::version("version", message.version)?,
        })
    }
}

impl Translate for ConnectionDisabled {
    type Message = v1::ConnectionDisabled;

    fn to_wire(&self) -> Self::Message {
        v1::ConnectionDisabled {
            app_id: self.app_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
        })
    }
}

impl Translate for ConnectionRestored {
    type Message = v1::ConnectionRestored;

    fn to_wire(&self) -> Self::Message {
        v1::ConnectionRestored {
            app_id: self.app_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
        })
    }
}

impl Translate for ConnectionRevoked {
    type Message = v1::ConnectionRevoked;

    fn to_wire(&self) -> Self::Message {
        v1::ConnectionRevoked {
            app_id: self.app_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
            cause: word::revocation_cause::to_wire(self.cause),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
            cause: word::revocation_cause::to_domain("cause", message.cause)?,
        })
    }
}
