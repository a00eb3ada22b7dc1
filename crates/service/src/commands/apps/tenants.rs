//! Listing apps for tenants, and taking them back.

use chancery_domain::{
    AppId, Environment, Instance, OrganizationId, Refusal, StreamName, TenantId, Visibility, app, listing,
    tenant,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    super::{
        Answer, Caller, CommandError, Commands,
        fields::Fields,
        plan::{Plan, Stop},
    },
    answer, unchanged_since,
};
use crate::states::{Missing, Seen};

/// Tenants to list an app for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddTenants {
    /// From 1 to 1,000.
    pub tenant_ids: Vec<u64>,
}

impl Commands {
    /// `POST /v1/apps/{app}/tenants`
    pub async fn add_tenants(
        &self,
        caller: &Caller,
        app_id: AppId,
        body: AddTenants,
    ) -> Result<Answer, CommandError> {
        let organization_id = caller.organization()?;
        let mut fields = Fields::default();
        let tenant_ids = tenant_ids(&mut fields, &body.tenant_ids)?;
        let tenant_ids = fields.done(Some(tenant_ids))?;
        let decide = |seen: &Seen| {
            let state = seen.app(app_id)?;
            let app = state.owned_by(organization_id)?;
            unchanged_since(caller, seen, &StreamName::App(app_id))?;
            let listed = match app.visibility() {
                Visibility::Private => seen.customers(app_id)?,
                Visibility::Public => Vec::new(),
            };
            let tenants = Listings::of(seen, app_id, &tenant_ids)?;
            let facts = listing::AddFacts { app: &state, listed: &listed, tenants: &tenants.candidates() };
            let events = listing::add(organization_id, &facts)?;
            answer(seen, 200, app_id, events, None)
        };
        self.0.executor.execute(caller, &[], decide).await
    }

    /// `DELETE /v1/apps/{app}/tenants/{tenant}`
    pub async fn remove_tenant(
        &self,
        caller: &Caller,
        app_id: AppId,
        tenant_id: TenantId,
    ) -> Result<Answer, CommandError> {
        let organization_id = caller.organization()?;
        let decide = |seen: &Seen| {
            seen.need([
                StreamName::App(app_id),
                StreamName::Tenant(tenant_id),
                StreamName::Listing(app_id, tenant_id),
            ])?;
            let state = seen.app(app_id)?;
            state.owned_by(organization_id)?;
            unchanged_since(caller, seen, &StreamName::App(app_id))?;
            remove(seen, organization_id, &state, app_id, tenant_id)
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}

/// Unlists the app, and revokes the connections that stand wherever the tenant exists.
fn remove(
    seen: &Seen,
    organization_id: OrganizationId,
    state: &app::State,
    app_id: AppId,
    tenant_id: TenantId,
) -> Result<Plan, Stop> {
    let environments =
        seen.tenant(tenant_id)?.registered().map_or_else(Vec::new, |tenant| tenant.environments.clone());
    let stream = |environment: &Environment| StreamName::Connection(app_id, tenant_id, environment.clone());
    seen.need(environments.iter().map(stream))?;
    let connection = |environment: &Environment| {
        seen.connection(app_id, &Instance { tenant_id, environment: environment.clone() })
    };
    let connections = environments.iter().map(connection).collect::<Result<Vec<_>, Missing>>()?;
    let here = |(environment, connection)| listing::Here { environment, connection };
    let facts = listing::RemoveFacts {
        app: state,
        connections: &environments.iter().zip(&connections).map(here).collect::<Vec<_>>(),
    };
    let events = listing::remove(organization_id, tenant_id, &seen.listing(app_id, tenant_id)?, &facts)?;
    answer(seen, 200, app_id, events, None)
}

/// What is known of tenants and of an app's listings for them.
pub(in super::super) struct Listings(Vec<(TenantId, tenant::State, listing::State)>);

impl Listings {
    pub(in super::super) fn of(seen: &Seen, app_id: AppId, tenant_ids: &[TenantId]) -> Result<Self, Missing> {
        let streams =
            |tenant_id: &TenantId| [StreamName::Tenant(*tenant_id), StreamName::Listing(app_id, *tenant_id)];
        seen.need(tenant_ids.iter().flat_map(streams))?;
        let one = |tenant_id: &TenantId| {
            Ok((*tenant_id, seen.tenant(*tenant_id)?, seen.listing(app_id, *tenant_id)?))
        };
        tenant_ids.iter().map(one).collect::<Result<_, Missing>>().map(Self)
    }

    pub(in super::super) fn candidates(&self) -> Vec<listing::Candidate<'_>> {
        self.0
            .iter()
            .map(|(tenant_id, tenant, listing)| listing::Candidate { tenant_id: *tenant_id, tenant, listing })
            .collect()
    }
}

/// Counted before they are looked at: a hostile list costs nothing.
pub(super) fn tenant_ids(fields: &mut Fields, numbers: &[u64]) -> Result<Vec<TenantId>, CommandError> {
    if numbers.len() > listing::MAX_TENANTS {
        return Err(Refusal::TooManyTenants.into());
    }
    Ok(fields.each("/tenant_ids", numbers, |number| TenantId::new(*number)))
}
