//! Enterprise Hub's networks and groups.

use chancery_wire::v1::{
    GroupAppOffered, GroupCreated, GroupTenantAdded, GroupTenantRemoved, NetworkCreated,
};

use super::{Naming, Sentence, Thing};

impl Sentence for NetworkCreated {
    fn sentence(&self, names: &dyn Naming) -> String {
        let organization = names.name(Thing::Organization(&self.organization_id));
        format!("created the network {} of {organization}", self.name)
    }
}

impl Sentence for GroupCreated {
    fn sentence(&self, names: &dyn Naming) -> String {
        let network = names.name(Thing::Network(&self.network_id));
        format!("created the group {} in {} in the network {network}", self.name, self.environment)
    }
}

impl Sentence for GroupTenantAdded {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!("added tenant {} to the group {}", self.tenant_id, names.name(Thing::Group(&self.group_id)))
    }
}

impl Sentence for GroupTenantRemoved {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!(
            "removed tenant {} from the group {}",
            self.tenant_id,
            names.name(Thing::Group(&self.group_id))
        )
    }
}

impl Sentence for GroupAppOffered {
    fn sentence(&self, names: &dyn Naming) -> String {
        let group = names.name(Thing::Group(&self.group_id));
        format!("offered {} to the tenants of the group {group}", names.app(&self.app_id))
    }
}
