//! Registering tenants.

use chancery_domain::{CustomerId, Environment, Name, Refusal, StreamName, TenantId, tenant};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Answer, Caller, CommandError, Commands, fields::Fields, plan::Plan, render};
use crate::states::Seen;

/// A tenant to register.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterTenant {
    pub tenant_id: u64,
    pub name: String,
    /// Who owns it.
    pub customer_id: String,
    /// Those that it exists in.
    pub environments: Vec<String>,
}

impl Commands {
    /// `POST /v1/tenants`
    pub async fn register_tenant(
        &self,
        caller: &Caller,
        body: RegisterTenant,
    ) -> Result<Answer, CommandError> {
        let mut fields = Fields::default();
        let tenant_id = fields.read("/tenant_id", TenantId::new(body.tenant_id));
        let name = fields.read("/name", Name::parse(&body.name));
        let customer_id = fields.read("/customer_id", CustomerId::parse(&body.customer_id));
        let environments =
            fields.each("/environments", &body.environments, |environment| Environment::parse(environment));
        let command = || {
            Some(tenant::Register {
                tenant_id: tenant_id?,
                name: name?,
                customer_id: customer_id?,
                environments,
            })
        };
        let command = fields.done(command())?;
        let tenant_id = command.tenant_id;
        let decide = |seen: &Seen| {
            let state = seen.tenant(tenant_id)?;
            let events = tenant::register(command.clone(), &state, &self.0.environments)?;
            let after = seen.after(&events).tenant(tenant_id)?;
            let registered = after.registered().ok_or(Refusal::TenantExists { tenant_id })?;
            let body = chancery_views::directory::Tenant {
                tenant_id: tenant_id.get(),
                name: registered.name.to_string(),
                customer_id: registered.customer_id.to_string(),
                environments: registered.environments.iter().map(ToString::to_string).collect(),
                created_at: registered.registered.at,
                created_by: render::who(&registered.registered),
            };
            Ok(Plan::new(201, events, &body).about(StreamName::Tenant(tenant_id)))
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}
