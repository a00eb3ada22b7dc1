//! Events of an organization.

use chancery_domain::{CustomerId, Name, OrganizationId, OrganizationRegistered};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    word, write,
};

impl Translate for OrganizationRegistered {
    type Message = v1::OrganizationRegistered;

    fn to_wire(&self) -> Self::Message {
        v1::OrganizationRegistered {
            organization_id: self.organization_id.to_string(),
            name: self.name.to_string(),
            kind: word::organization_kind::to_wire(self.kind),
            customer_id: self.customer_id.to_string(),
            integration_tenant_id: write::optional_tenant_id(self.integration_tenant_id),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        let integration_tenant_id =
            read::optional_tenant_id("integration_tenant_id", message.integration_tenant_id)?;
        Ok(Self {
            organization_id: OrganizationId(read::uuid("organization_id", &message.organization_id)?),
            name: Name::recorded(message.name.as_str()),
            kind: word::organization_kind::to_domain("kind", message.kind)?,
            customer_id: CustomerId::recorded(message.customer_id.as_str()),
            integration_tenant_id,
        })
    }
}
