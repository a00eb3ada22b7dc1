//! Events of Enterprise Hub's networks.

use chancery_domain::{CustomerId, Name, NetworkCreated, NetworkId, OrganizationId};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
};

impl Translate for NetworkCreated {
    type Message = v1::NetworkCreated;

    fn to_wire(&self) -> Self::Message {
        v1::NetworkCreated {
            network_id: self.network_id.to_string(),
            organization_id: self.organization_id.to_string(),
            customer_id: self.customer_id.to_string(),
            name: self.name.to_string(),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            network_id: NetworkId(read::uuid("network_id", &message.network_id)?),
            organization_id: OrganizationId(read::uuid("organization_id", &message.organization_id)?),
            customer_id: CustomerId::recorded(message.customer_id.as_str()),
            name: Name::recorded(message.name.as_str()),
        })
    }
}
