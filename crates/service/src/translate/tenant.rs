//! Events of a tenant.

use chancery_domain::{CustomerId, Environment, Name, TenantRegistered};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    write,
};

impl Translate for TenantRegistered {
    type Message = v1::TenantRegistered;

    fn to_wire(&self) -> Self::Message {
        v1::TenantRegistered {
            tenant_id: write::tenant_id(self.tenant_id),
            name: self.name.to_string(),
            customer_id: self.customer_id.to_string(),
            environments: write::texts(&self.environments),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            name: Name::recorded(message.name.as_str()),
            customer_id: CustomerId::recorded(message.customer_id.as_str()),
            environments: read::texts(&message.environments, Environment::recorded),
        })
    }
}
