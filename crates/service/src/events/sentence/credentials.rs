//! Credentials: secrets, and tokens issued on them.

use chancery_wire::v1::{SecretGenerated, SecretRevoked, TokenRevoked};

use super::{Naming, Sentence, Thing, instance};

/// Whose credential it is: one tenant's, or one that a group's members share.
fn whose(names: &dyn Naming, app_id: &str, tenant_id: i64, environment: &str, group_id: &str) -> String {
    let app = names.app(app_id);
    if group_id.is_empty() {
        format!("{app} on {}", instance(tenant_id, environment))
    } else {
        format!("{app} in the group {} in {environment}", names.name(Thing::Group(group_id)))
    }
}

impl Sentence for SecretGenerated {
    fn sentence(&self, names: &dyn Naming) -> String {
        let whose = whose(names, &self.app_id, self.tenant_id, &self.environment, &self.group_id);
        let beside = if self.previous_secret_id.is_empty() { "a" } else { "another" };
        format!("generated {beside} secret ending in {} for {whose}", self.hint)
    }
}

impl Sentence for SecretRevoked {
    fn sentence(&self, names: &dyn Naming) -> String {
        let whose = whose(names, &self.app_id, self.tenant_id, &self.environment, &self.group_id);
        format!("revoked a secret of {whose}")
    }
}

impl Sentence for TokenRevoked {
    fn sentence(&self, names: &dyn Naming) -> String {
        let whose = whose(names, &self.app_id, self.tenant_id, &self.environment, &self.group_id);
        format!("revoked an access token of {whose}")
    }
}
