//! Apps: creating, editing, listing and reviewing them.

use chancery_domain::{
    AppId, AppKey, Environment, Event, HomepageUrl, Instance, Name, Reason, Refusal, Scope, StreamName,
    TenantId, app, listing, tenant,
};
use chancery_journal::Filter;
use chancery_views::{CredentialManagement, Visibility};
use chancery_wire::Position;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Answer, Caller, CommandError, Commands,
    fields::Fields,
    plan::{Plan, Stop},
    render, words,
};
use crate::states::{Missing, Seen};

/// An app to create.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApp {
    /// A label, not unique: 1 to 100 characters.
    pub name: String,
    pub organization_name: String,
    /// An https URL with a host name, without credentials. Never fetched.
    pub homepage_url: String,
    pub visibility: Visibility,
    /// By default `developer` for a third party's app and `tenant_admin` for a customer's.
    pub credential_management: Option<CredentialManagement>,
    /// By default a third party's own integration instance.
    pub instance: Option<chancery_views::Instance>,
    /// Tenants to list the app for at once; at most 1,000.
    #[serde(default)]
    pub tenant_ids: Vec<u64>,
    pub scopes: Vec<String>,
}

/// All scopes of the next version.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditScopes {
    pub scopes: Vec<String>,
}

/// Tenants to list an app for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddTenants {
    /// From 1 to 1,000.
    pub tenant_ids: Vec<u64>,
}

/// A reviewer's decision.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewDecision {
    pub decision: ReviewVerdict,
    /// At most 1,000 characters; needed to reject.
    #[serde(default)]
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    Approve,
    Reject,
}

impl Commands {
    /// `POST /v1/apps`
    pub async fn create_app(&self, caller: &Caller, body: CreateApp) -> Result<Answer, CommandError> {
        let app_id = AppId(self.0.sources.uuid());
        let app_key = AppKey::from_entropy(self.0.sources.bytes());
        let (command, tenant_ids) = body.read(caller, app_id, app_key)?;
        let stream = StreamName::App(app_id);
        let mut named = vec![stream.clone()];
        named.extend(tenant_ids.iter().map(|tenant_id| StreamName::Listing(app_id, *tenant_id)));
        let decide = |seen: &Seen| {
            seen.need([StreamName::Organization(command.organization_id), StreamName::Catalog])?;
            let instance = match &command.instance {
                Some(instance) => seen.tenant(instance.tenant_id)?,
                None => tenant::State::Absent,
            };
            let tenants = Listings::of(seen, app_id, &tenant_ids)?;
            let facts = app::CreateFacts {
                organization: &seen.organization(command.organization_id)?,
                instance: &instance,
                catalog: &seen.catalog()?,
                tenants: &tenants.candidates(),
            };
            let events = app::create(command.clone(), &seen.app(app_id)?, &facts)?;
            let listed = events.iter().filter(|event| matches!(event, Event::TenantAdded(_))).count() as u64;
            answer(seen, 201, app_id, events, Some(listed))
        };
        self.0.executor.execute(caller, &named, decide).await
    }

    /// `PUT /v1/apps/{app}/scopes`
    pub async fn edit_scopes(
        &self,
        caller: &Caller,
        app_id: AppId,
        body: EditScopes,
    ) -> Result<Answer, CommandError> {
        let mut fields = Fields::default();
        let scopes = fields.each("/scopes", &body.scopes, |scope| Scope::parse(scope));
        let scopes = fields.done(Some(scopes.into_iter().collect()))?;
        let command = app::EditScopes { organization_id: caller.organization()?, scopes };
        let decide = |seen: &Seen| {
            seen.need([StreamName::App(app_id), StreamName::Catalog])?;
            let state = seen.app(app_id)?;
            state.owned_by(command.organization_id)?;
            unchanged_since(caller, seen, &StreamName::App(app_id))?;
            let events = app::edit_scopes(command.clone(), &state, &seen.catalog()?)?;
            answer(seen, 200, app_id, events, None)
        };
        self.0.executor.execute(caller, &[], decide).await
    }

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
        let first = self.first_listed(app_id).await?;
        let decide = |seen: &Seen| {
            let state = seen.app(app_id)?;
            state.owned_by(organization_id)?;
            unchanged_since(caller, seen, &StreamName::App(app_id))?;
            let served = match first {
                Some(tenant_id) => seen.tenant(tenant_id)?,
                None => tenant::State::Absent,
            };
            let tenants = Listings::of(seen, app_id, &tenant_ids)?;
            let facts = listing::AddFacts {
                app: &state,
                listed: served.registered().map_or(&[], |tenant| std::slice::from_ref(&tenant.customer_id)),
                tenants: &tenants.candidates(),
            };
            let events = listing::add(organization_id, &facts)?;
            answer(seen, 200, app_id, events, None)
        };
        self.0.executor.execute(caller, &[], decide).await
    }

    /// `POST /v1/apps/{app}/review`
    pub async fn review_app(
        &self,
        caller: &Caller,
        app_id: AppId,
        body: ReviewDecision,
    ) -> Result<Answer, CommandError> {
        let mut fields = Fields::default();
        let reason = fields.read("/reason", Reason::parse(&body.reason));
        let reason = fields.done(reason)?;
        let decide = |seen: &Seen| {
            let state = seen.app(app_id)?;
            let events = match body.decision {
                ReviewVerdict::Approve => app::approve(reason.clone(), &state),
                ReviewVerdict::Reject => app::reject(reason.clone(), &state),
            }?;
            unchanged_since(caller, seen, &StreamName::App(app_id))?;
            answer(seen, 200, app_id, events, None)
        };
        self.0.executor.execute(caller, &[], decide).await
    }

    /// The tenant that an app was listed for first; its customer is the one that a private app serves.
    async fn first_listed(&self, app_id: AppId) -> Result<Option<TenantId>, CommandError> {
        let filter =
            Filter { event_type: Some("TenantAdded".into()), app: Some(app_id.0), ..Filter::default() };
        let first = self.0.executor.journal().select(&filter, Position::START, 1).await?;
        Ok(first.first().and_then(|event| event.key_tenant).and_then(|id| TenantId::new(id).ok()))
    }
}

impl CreateApp {
    fn read(
        &self,
        caller: &Caller,
        app_id: AppId,
        app_key: AppKey,
    ) -> Result<(app::Create, Vec<TenantId>), CommandError> {
        let organization_id = caller.organization()?;
        let mut fields = Fields::default();
        let name = fields.read("/name", Name::parse(&self.name));
        let organization_name = fields.read("/organization_name", Name::parse(&self.organization_name));
        let homepage_url = fields.read("/homepage_url", HomepageUrl::parse(&self.homepage_url));
        let instance = self.instance.as_ref().map(|instance| read_instance(&mut fields, instance));
        let scopes = fields.each("/scopes", &self.scopes, |scope| Scope::parse(scope));
        let tenant_ids = tenant_ids(&mut fields, &self.tenant_ids)?;
        let command = || {
            Some(app::Create {
                organization_id,
                app_id,
                app_key,
                name: name?,
                organization_name: organization_name?,
                homepage_url: homepage_url?,
                visibility: words::to_visibility(self.visibility),
                credential_management: self.credential_management.map(words::to_credential_management),
                instance: match instance {
                    Some(instance) => Some(instance?),
                    None => None,
                },
                scopes: scopes.into_iter().collect(),
            })
        };
        Ok((fields.done(command())?, tenant_ids))
    }
}

/// What is known of tenants and of an app's listings for them.
struct Listings(Vec<(TenantId, tenant::State, listing::State)>);

impl Listings {
    fn of(seen: &Seen, app_id: AppId, tenant_ids: &[TenantId]) -> Result<Self, Missing> {
        let streams =
            |tenant_id: &TenantId| [StreamName::Tenant(*tenant_id), StreamName::Listing(app_id, *tenant_id)];
        seen.need(tenant_ids.iter().flat_map(streams))?;
        let one = |tenant_id: &TenantId| {
            Ok((*tenant_id, seen.tenant(*tenant_id)?, seen.listing(app_id, *tenant_id)?))
        };
        tenant_ids.iter().map(one).collect::<Result<_, Missing>>().map(Self)
    }

    fn candidates(&self) -> Vec<listing::Candidate<'_>> {
        self.0
            .iter()
            .map(|(tenant_id, tenant, listing)| listing::Candidate { tenant_id: *tenant_id, tenant, listing })
            .collect()
    }
}

/// The app as it will be.
fn answer(
    seen: &Seen,
    status: u16,
    app_id: AppId,
    events: Vec<Event>,
    tenant_count: Option<u64>,
) -> Result<Plan, Stop> {
    let after = seen.after(&events).app(app_id)?;
    let app = after.live().ok_or(Refusal::AppUnknown)?;
    let body = render::app(app, tenant_count);
    Ok(Plan::new(status, events, &body).about(StreamName::App(app_id)))
}

/// Refuses a change of something that is not at the version which the sender saw. Asked after the rules: who may
/// not see a thing learns nothing of its version.
pub(super) fn unchanged_since(caller: &Caller, seen: &Seen, stream: &StreamName) -> Result<(), Stop> {
    match (caller.if_match, seen.version(stream)) {
        (Some(wanted), Some(current)) if wanted != current => {
            Err(CommandError::PreconditionFailed { current }.into())
        }
        _ => Ok(()),
    }
}

pub(super) fn read_instance(fields: &mut Fields, instance: &chancery_views::Instance) -> Option<Instance> {
    let tenant_id = fields.read("/instance/tenant_id", TenantId::new(instance.tenant_id));
    let environment = fields.read("/instance/environment", Environment::parse(&instance.environment));
    Some(Instance { tenant_id: tenant_id?, environment: environment? })
}

/// Counted before they are looked at: a hostile list costs nothing.
fn tenant_ids(fields: &mut Fields, numbers: &[u64]) -> Result<Vec<TenantId>, CommandError> {
    if numbers.len() > listing::MAX_TENANTS {
        return Err(Refusal::TooManyTenants.into());
    }
    Ok(fields.each("/tenant_ids", numbers, |number| TenantId::new(*number)))
}
