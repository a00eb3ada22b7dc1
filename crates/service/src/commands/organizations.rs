//! Registering organizations.

use chancery_domain::{
    CustomerId, Invalid, Name, OrganizationId, Refusal, StreamName, TenantId, organization, tenant,
};
use chancery_views::OrganizationKind;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Answer, Caller, CommandError, Commands, fields::Fields, plan::Plan, render, words};
use crate::states::Seen;

/// An organization to register.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterOrganization {
    pub name: String,
    pub kind: OrganizationKind,
    /// A customer's: whose tenants the organization owns.
    pub customer_id: Option<String>,
    /// A third party's: its one instance, a tenant that is registered with it.
    pub integration_tenant_id: Option<u64>,
}

impl Commands {
    /// `POST /v1/organizations`
    pub async fn register_organization(
        &self,
        caller: &Caller,
        body: RegisterOrganization,
    ) -> Result<Answer, CommandError> {
        let organization_id = OrganizationId(self.0.sources.uuid());
        let mut fields = Fields::default();
        let name = fields.read("/name", Name::parse(&body.name));
        let profile = body.profile(&mut fields);
        let command = || Some(organization::Register { organization_id, name: name?, profile: profile? });
        let command = fields.done(command())?;
        let stream = StreamName::Organization(organization_id);
        let decide = |seen: &Seen| {
            let integration_tenant = match &command.profile {
                organization::Profile::ThirdParty { integration_tenant_id } => {
                    seen.tenant(*integration_tenant_id)?
                }
                organization::Profile::Customer { .. } => tenant::State::Absent,
            };
            let state = seen.organization(organization_id)?;
            let events = organization::register(command.clone(), &state, &integration_tenant)?;
            let after = seen.after(&events).organization(organization_id)?;
            let registered = after.registered().ok_or(Refusal::OrganizationUnknown { organization_id })?;
            let body = chancery_views::directory::Organization {
                organization_id: organization_id.0,
                name: registered.name.to_string(),
                kind: words::organization_kind(registered.kind),
                customer_id: registered.customer_id.to_string(),
                integration_tenant_id: registered.integration_tenant_id.map(TenantId::get),
                created_at: registered.registered.at,
                created_by: render::who(&registered.registered),
            };
            Ok(Plan::new(201, events, &body).about(stream.clone()))
        };
        self.0.executor.execute(caller, std::slice::from_ref(&stream), decide).await
    }
}

impl RegisterOrganization {
    /// What the kind asks for, and nothing of what another asks for; a field that is missing is read as one that is
    /// empty.
    fn profile(&self, fields: &mut Fields) -> Option<organization::Profile> {
        match self.kind {
            OrganizationKind::ThirdParty => {
                fields.absent("/customer_id", self.customer_id.as_ref(), Invalid::CustomerIdUnexpected);
                let number = self.integration_tenant_id.unwrap_or_default();
                let tenant_id = fields.read("/integration_tenant_id", TenantId::new(number));
                tenant_id
                    .map(|integration_tenant_id| organization::Profile::ThirdParty { integration_tenant_id })
            }
            OrganizationKind::Customer => {
                let unexpected = Invalid::IntegrationTenantUnexpected;
                fields.absent("/integration_tenant_id", self.integration_tenant_id.as_ref(), unexpected);
                let text = self.customer_id.as_deref().unwrap_or_default();
                let customer_id = fields.read("/customer_id", CustomerId::parse(text));
                customer_id.map(|customer_id| organization::Profile::Customer { customer_id })
            }
        }
    }
}
