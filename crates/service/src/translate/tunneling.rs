//! Attempts at customer tunneling.

use chancery_domain::{Environment, OrganizationId, TunnelingBlocked};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    write,
};

impl Translate for TunnelingBlocked {
    type Message = v1::TunnelingBlocked;

    fn to_wire(&self) -> Self::Message {
        v1::TunnelingBlocked {
            organization_id: self.organization_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
            environment: self.environment.to_string(),
            day: self.day.to_string(),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            organization_id: OrganizationId(read::uuid("organization_id", &message.organization_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            environment: Environment::recorded(message.environment.as_str()),
            day: read::day("day", &message.day)?,
        })
    }
}
