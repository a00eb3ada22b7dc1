//! Apps, their versions and their listings.

use chancery_wire::v1::{
    AppApproved, AppCreated, AppDeleted, AppDetailsEdited, AppRejected, CredentialManagement,
    CredentialManagementChanged, ReviewRequested, ScopesEdited, TenantAdded, TenantRemoved, Visibility,
};

use super::{Naming, Sentence, Thing, count, few, instance};

fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Private => "private",
        Visibility::Public | Visibility::Unspecified => "public",
    }
}

impl Sentence for AppCreated {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!(
            "created the {} app {} for {} from {}, with {}",
            visibility(self.visibility()),
            names.app(&self.app_id),
            names.name(Thing::Organization(&self.organization_id)),
            instance(self.instance_tenant_id, &self.instance_environment),
            count(self.scopes.len(), "scope")
        )
    }
}

impl Sentence for AppDetailsEdited {
    fn sentence(&self, names: &dyn Naming) -> String {
        let (now, then) = (names.app(&self.app_id), &self.name);
        let called = if now == *then { String::new() } else { format!(", then called {then}") };
        format!(
            "edited the details of {now}{called}: {}, {}",
            visibility(self.visibility()),
            self.homepage_url
        )
    }
}

impl Sentence for ScopesEdited {
    fn sentence(&self, names: &dyn Naming) -> String {
        let change = |word: &str, scopes: &[String]| {
            if scopes.is_empty() { None } else { Some(format!("{word} {}", few(scopes))) }
        };
        let changes = [change("adding", &self.added), change("removing", &self.removed)];
        let changes: Vec<_> = changes.into_iter().flatten().collect();
        let told = if changes.is_empty() { String::new() } else { format!(", {}", changes.join(", ")) };
        format!("published {} v{}{told}", names.app(&self.app_id), self.version)
    }
}

impl Sentence for TenantAdded {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!("listed {} for tenant {}", names.app(&self.app_id), self.tenant_id)
    }
}

impl Sentence for TenantRemoved {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!("removed tenant {} from {}", self.tenant_id, names.app(&self.app_id))
    }
}

impl Sentence for CredentialManagementChanged {
    fn sentence(&self, names: &dyn Naming) -> String {
        let who = match self.credential_management() {
            CredentialManagement::TenantAdmin => "each tenant's admin",
            CredentialManagement::Developer | CredentialManagement::Unspecified => "its developer",
        };
        format!("let {who} generate the secrets of {}", names.app(&self.app_id))
    }
}

impl Sentence for ReviewRequested {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!("asked for a review of {}", names.app(&self.app_id))
    }
}

impl Sentence for AppApproved {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!("approved {}", names.app(&self.app_id))
    }
}

impl Sentence for AppRejected {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!("rejected {}", names.app(&self.app_id))
    }
}

impl Sentence for AppDeleted {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!("deleted {}", names.app(&self.app_id))
    }
}
