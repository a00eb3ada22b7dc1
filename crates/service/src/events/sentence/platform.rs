//! What the platform decides: who may come in, who exists, what may be asked for and how often.

use chancery_wire::v1::{
    AccessApproved, AccessRejected, AccessRequested, ApiTokenIssued, ApiTokenRevoked, OrganizationKind,
    OrganizationRegistered, PersonForgotten, RateLimitOverridden, Role, ScopeCatalogPublished,
    TenantRegistered, TunnelingBlocked,
};

use super::{Naming, Sentence, Thing, count, instance};

impl Sentence for AccessRequested {
    fn sentence(&self, names: &dyn Naming) -> String {
        let who = names.name(Thing::Person(&self.requester_id));
        format!("asked for access for {}, as {who}", self.company)
    }
}

impl Sentence for AccessApproved {
    fn sentence(&self, names: &dyn Naming) -> String {
        let organization = names.name(Thing::Organization(&self.organization_id));
        format!("approved the access of {organization}, with tenant {} to build in", self.tenant_id)
    }
}

impl Sentence for AccessRejected {
    fn sentence(&self, _: &dyn Naming) -> String {
        format!("rejected the access request {}", self.request_id)
    }
}

impl Sentence for OrganizationRegistered {
    fn sentence(&self, _: &dyn Naming) -> String {
        match self.kind() {
            OrganizationKind::Customer => {
                format!("registered {} as the organization of customer {}", self.name, self.customer_id)
            }
            OrganizationKind::ThirdParty | OrganizationKind::Unspecified => {
                format!(
                    "registered {} as a third party, with tenant {} to build in",
                    self.name, self.integration_tenant_id
                )
            }
        }
    }
}

impl Sentence for TenantRegistered {
    fn sentence(&self, _: &dyn Naming) -> String {
        let places = self.environments.join(" and ");
        format!(
            "registered tenant {} ({}) of customer {} in {places}",
            self.tenant_id, self.name, self.customer_id
        )
    }
}

impl Sentence for ScopeCatalogPublished {
    fn sentence(&self, _: &dyn Naming) -> String {
        let (scopes, operations) = (self.scopes.len(), self.operations.len());
        format!("published a catalog of {} and {}", count(scopes, "scope"), count(operations, "operation"))
    }
}

impl Sentence for ApiTokenIssued {
    fn sentence(&self, names: &dyn Naming) -> String {
        let role = match self.role() {
            Role::Developer => "developer",
            Role::TenantAdmin => "tenant admin",
            Role::Reviewer => "reviewer",
            Role::Platform => "platform",
            Role::Gateway => "gateway",
            Role::Consumer => "consumer",
            Role::Auditor => "auditor",
            Role::Operator => "operator",
            Role::Unspecified => "unknown",
        };
        let whose = if self.subject_id.is_empty() {
            String::new()
        } else {
            format!(", which acts for {}", names.name(Thing::Person(&self.subject_id)))
        };
        let of = if self.organization_id.is_empty() {
            String::new()
        } else {
            format!(" of {}", names.name(Thing::Organization(&self.organization_id)))
        };
        format!("issued the {role} token {}{of}{whose}", self.name)
    }
}

impl Sentence for ApiTokenRevoked {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!("revoked the API token {}", names.name(Thing::ApiToken(&self.token_id)))
    }
}

impl Sentence for TunnelingBlocked {
    fn sentence(&self, names: &dyn Naming) -> String {
        let organization = names.name(Thing::Organization(&self.organization_id));
        let place = instance(self.tenant_id, &self.environment);
        format!(
            "was kept from creating an app for {organization} from {place}, which is not its own instance"
        )
    }
}

impl Sentence for RateLimitOverridden {
    fn sentence(&self, names: &dyn Naming) -> String {
        let place = instance(self.tenant_id, &self.environment);
        let what = if self.report_id.is_empty() {
            format!("calls of {} to {place}", names.app(&self.app_id))
        } else {
            format!("runs of the report {} on {place}", self.report_id)
        };
        match (self.calls, self.per_seconds) {
            (0, _) => format!("set {what} back to the usual limit"),
            (calls, 60) => format!("limited {what} to {calls} a minute"),
            (calls, 1) => format!("limited {what} to {calls} a second"),
            (calls, seconds) => format!("limited {what} to {calls} in {seconds} seconds"),
        }
    }
}

impl Sentence for PersonForgotten {
    fn sentence(&self, _: &dyn Naming) -> String {
        format!("forgot the person {}", self.person_id)
    }
}
