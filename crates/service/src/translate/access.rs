//! Events of access requests.

use chancery_domain::{
    AccessApproved, AccessRejected, AccessRequestId, AccessRequested, Name, OrganizationId, PersonId, Reason,
};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    write,
};

impl Translate for AccessRequested {
    type Message = v1::AccessRequested;

    fn to_wire(&self) -> Self::Message {
        v1::AccessRequested {
            request_id: self.request_id.to_string(),
            requester_id: self.requester_id.to_string(),
            company: self.company.to_string(),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            request_id: AccessRequestId(read::uuid("request_id", &message.request_id)?),
            requester_id: PersonId::recorded(message.requester_id.as_str()),
            company: Name::recorded(message.company.as_str()),
        })
    }
}

impl Translate for AccessApproved {
    type Message = v1::AccessApproved;

    fn to_wire(&self) -> Self::Message {
        v1::AccessApproved {
            request_id: self.request_id.to_string(),
            organization_id: self.organization_id.to_string(),
            tenant_id: write::tenant_id(self.tenant_id),
            reason: self.reason.to_string(),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            request_id: AccessRequestId(read::uuid("request_id", &message.request_id)?),
            organization_id: OrganizationId(read::uuid("organization_id", &message.organization_id)?),
            tenant_id: read::tenant_id("tenant_id", message.tenant_id)?,
            reason: Reason::recorded(message.reason.as_str()),
        })
    }
}

impl Translate for AccessRejected {
    type Message = v1::AccessRejected;

    fn to_wire(&self) -> Self::Message {
        v1::AccessRejected { request_id: self.request_id.to_string(), reason: self.reason.to_string() }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            request_id: AccessRequestId(read::uuid("request_id", &message.request_id)?),
            reason: Reason::recorded(message.reason.as_str()),
        })
    }
}
