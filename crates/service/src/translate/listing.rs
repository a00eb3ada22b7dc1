//! Events of a listing.

use chancery_domain::{AppId, TenantAdded, TenantRemoved};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    write,
};

impl Translate for TenantAdded {
    type Message = v1::TenantAdded;

    fn to_wire(&self) -> Self::Message {
        v1::TenantAdded { app_id: self.app_id.to_string(), tenant_id: write::tenant_id(self.tenant_id) }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
        })
    }
}

impl Translate for TenantRemoved {
    type Message = v1::TenantRemoved;

    fn to_wire(&self) -> Self::Message {
        v1::TenantRemoved { app_id: self.app_id.to_string(), tenant_id: write::tenant_id(self.tenant_id) }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
        })
    }
}
