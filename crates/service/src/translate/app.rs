//! Events of an app.

use chancery_domain::{
    AppApproved, AppCreated, AppDeleted, AppDetailsEdited, AppId, AppKey, AppRejected,
    CredentialManagementChanged, Environment, HomepageUrl, Name, OrganizationId, Reason, ReviewRequested,
    ScopesEdited,
};
use chancery_wire::v1;

use super::{
    Translate,
    read::{self, Unusable},
    word, write,
};

impl Translate for AppCreated {
    type Message = v1::AppCreated;

    fn to_wire(&self) -> Self::Message {
        v1::AppCreated {
            app_id: self.app_id.to_string(),
            app_key: self.app_key.to_string(),
            organization_id: self.organization_id.to_string(),
            name: self.name.to_string(),
            organization_name: self.organization_name.to_string(),
            homepage_url: self.homepage_url.to_string(),
            visibility: word::visibility::to_wire(self.visibility),
            credential_management: word::credential_management::to_wire(self.credential_management),
            instance_tenant_id: write::tenant_id(self.instance_tenant_id),
            instance_environment: self.instance_environment.to_string(),
            scopes: write::texts(&self.scopes),
            review_required: self.review_required,
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            app_key: AppKey::recorded(message.app_key.as_str()),
            organization_id: OrganizationId(read::uuid("organization_id", &message.organization_id)?),
            name: Name::recorded(message.name.as_str()),
            organization_name: Name::recorded(message.organization_name.as_str()),
            homepage_url: HomepageUrl::recorded(message.homepage_url.as_str()),
            visibility: word::visibility::to_domain("visibility", message.visibility)?,
            credential_management: word::credential_management::to_domain(
                "credential_management",
                message.credential_management,
            )?,
            instance_tenant_id: read::tenant_id("instance_tenant_id", message.instance_tenant_id)?,
            instance_environment: Environment::recorded(message.instance_environment.as_str()),
            scopes: read::scopes(&message.scopes),
            review_required: message.review_required,
        })
    }
}

impl Translate for AppDetailsEdited {
    type Message = v1::AppDetailsEdited;

    fn to_wire(&self) -> Self::Message {
        v1::AppDetailsEdited {
            app_id: self.app_id.to_string(),
            name: self.name.to_string(),
            organization_name: self.organization_name.to_string(),
            homepage_url: self.homepage_url.to_string(),
            visibility: word::visibility::to_wire(self.visibility),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            name: Name::recorded(message.name.as_str()),
            organization_name: Name::recorded(message.organization_name.as_str()),
            homepage_url: HomepageUrl::recorded(message.homepage_url.as_str()),
            visibility: word::visibility::to_domain("visibility", message.visibility)?,
        })
    }
}

impl Translate for ScopesEdited {
    type Message = v1::ScopesEdited;

    fn to_wire(&self) -> Self::Message {
        v1::ScopesEdited {
            app_id: self.app_id.to_string(),
            version: write::version(self.version),
            scopes: write::texts(&self.scopes),
            added: write::texts(&self.added),
            removed: write::texts(&self.removed),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            version: read::version("version", message.version)?,
            scopes: read::scopes(&message.scopes),
            added: read::scopes(&message.added),
            removed: read::scopes(&message.removed),
        })
    }
}

impl Translate for CredentialManagementChanged {
    type Message = v1::CredentialManagementChanged;

    fn to_wire(&self) -> Self::Message {
        v1::CredentialManagementChanged {
            app_id: self.app_id.to_string(),
            credential_management: word::credential_management::to_wire(self.credential_management),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            credential_management: word::credential_management::to_domain(
                "credential_management",
                message.credential_management,
            )?,
        })
    }
}

impl Translate for ReviewRequested {
    type Message = v1::ReviewRequested;

    fn to_wire(&self) -> Self::Message {
        v1::ReviewRequested { app_id: self.app_id.to_string() }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self { app_id: AppId(read::uuid("app_id", &message.app_id)?) })
    }
}

impl Translate for AppApproved {
    type Message = v1::AppApproved;

    fn to_wire(&self) -> Self::Message {
        v1::AppApproved { app_id: self.app_id.to_string(), reason: self.reason.to_string() }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            reason: Reason::recorded(message.reason.as_str()),
        })
    }
}

impl Translate for AppRejected {
    type Message = v1::AppRejected;

    fn to_wire(&self) -> Self::Message {
        v1::AppRejected { app_id: self.app_id.to_string(), reason: self.reason.to_string() }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            app_id: AppId(read::uuid("app_id", &message.app_id)?),
            reason: Reason::recorded(message.reason.as_str()),
        })
    }
}

impl Translate for AppDeleted {
    type Message = v1::AppDeleted;

    fn to_wire(&self) -> Self::Message {
        v1::AppDeleted { app_id: self.app_id.to_string() }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self { app_id: AppId(read::uuid("app_id", &message.app_id)?) })
    }
}
