//! Connections of apps to tenants.

use chancery_wire::v1::{
    ConnectionDeclined, ConnectionDisabled, ConnectionRestored, ConnectionRevoked, RevocationCause,
    TenantConnected, UpgradeDeclined, VersionUpgraded,
};

use super::{Naming, Sentence, Thing, instance};

impl Sentence for TenantConnected {
    fn sentence(&self, names: &dyn Naming) -> String {
        let through = if self.group_id.is_empty() {
            String::new()
        } else {
            format!(", through the group {}", names.name(Thing::Group(&self.group_id)))
        };
        let (app, place) = (names.app(&self.app_id), instance(self.tenant_id, &self.environment));
        format!("allowed {app} v{} on {place}{through}", self.version)
    }
}

impl Sentence for ConnectionDeclined {
    fn sentence(&self, names: &dyn Naming) -> String {
        let place = instance(self.tenant_id, &self.environment);
        format!("declined {} v{} on {place}", names.app(&self.app_id), self.version)
    }
}

impl Sentence for VersionUpgraded {
    fn sentence(&self, names: &dyn Naming) -> String {
        let (app, place) = (names.app(&self.app_id), instance(self.tenant_id, &self.environment));
        format!("upgraded {app} from v{} to v{} on {place}", self.from_version, self.version)
    }
}

impl Sentence for UpgradeDeclined {
    fn sentence(&self, names: &dyn Naming) -> String {
        let (app, place) = (names.app(&self.app_id), instance(self.tenant_id, &self.environment));
        format!("declined {app} v{} on {place}, where v{} stays", self.version, self.granted_version)
    }
}

impl Sentence for ConnectionDisabled {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!("disabled {} on {}", names.app(&self.app_id), instance(self.tenant_id, &self.environment))
    }
}

impl Sentence for ConnectionRestored {
    fn sentence(&self, names: &dyn Naming) -> String {
        format!("restored {} on {}", names.app(&self.app_id), instance(self.tenant_id, &self.environment))
    }
}

impl Sentence for ConnectionRevoked {
    fn sentence(&self, names: &dyn Naming) -> String {
        let why = match self.cause() {
            RevocationCause::TenantRemoved => ", because the app is no longer listed there",
            RevocationCause::GroupTenantRemoved => ", because the tenant left the group",
            RevocationCause::Disconnected | RevocationCause::Unspecified => "",
        };
        let place = instance(self.tenant_id, &self.environment);
        format!("disconnected {} from {place}{why}", names.app(&self.app_id))
    }
}
