//! Events of the groups in networks.

use chancery_domain::{
    AppId, CustomerId, Environment, GroupAppOffered, GroupCreated, GroupId, GroupTenantAdded,
    GroupTenantRemoved, Name, NetworkId, OrganizationId,
};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    write,
};

impl Translate for GroupCreated {
    type Message = v1::GroupCreated;

    fn to_wire(&self) -> Self::Message {
        v1::GroupCreated {
            group_id: self.group_id.to_string(),
            network_id: self.network_id.to_string(),
            organization_id: self.organization_id.to_string(),
            customer_id: self.customer_id.to_string(),
            name: self.name.to_string(),
            environment: self.environment.to_string(),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            group_id: GroupId(read::uuid("group_id", &message.group_id)?),
            network_id: NetworkId(read::uuid("network_id", &message.network_id)?),
            organization_id: OrganizationId(read::uuid("organization_id", &message.organization_id)?),
            customer_id: CustomerId::recorded(message.customer_id.as_str()),
            name: Name::recorded(message.name.as_str()),
            environment: Environment::recorded(message.environment.as_str()),
        })
    }
}

impl Translate for GroupTenantAdded {
    type Message = v1::GroupTenantAdded;

    fn to_wire(&self) -> Self::Message {
        v1::GroupTenantAdded {
            group_id: self.group_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            group_id: GroupId(read::uuid("group_id", &message.group_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
        })
    }
}

impl Translate for GroupTenantRemoved {
    type Message = v1::GroupTenantRemoved;

    fn to_wire(&self) -> Self::Message {
        v1::GroupTenantRemoved {
            group_id: self.group_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            group_id: GroupId(read::uuid("group_id", &message.group_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
        })
    }
}

impl Translate for GroupAppOffered {
    type Message = v1::GroupAppOffered;

    fn to_wire(&self) -> Self::Message {
        v1::GroupAppOffered { group_id: self.group_id.to_string(), app_id: self.app_id.to_string() }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            group_id: GroupId(read::uuid("group_id", &message.group_id)?),
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
        })
    }
}
