//! Creating an app, and remembering who tried to from an instance of somebody else (rule 2).

use chancery_domain::{
    AppId, AppKey, Day, Environment, Event, HomepageUrl, Instance, Name, OrganizationId, Refusal, Scope,
    StreamName, TenantId, app, tenant, tunneling,
};
use chancery_views::{CredentialManagement, Visibility};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    super::{Answer, Caller, CommandError, Commands, fields::Fields, plan::Plan, words},
    answer,
    tenants::{Listings, tenant_ids},
};
use crate::states::Seen;

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
        let created = self.0.executor.execute(caller, &named, decide).await;
        if let Err(CommandError::Refused(Refusal::CustomerTunneling { instance })) = &created {
            self.record_tunneling(caller, command.organization_id, instance).await;
        }
        created
    }

    /// Records the first attempt of the day, as a command of its own: a refused one appends nothing. The attempt is
    /// refused whatever becomes of this.
    async fn record_tunneling(&self, caller: &Caller, organization_id: OrganizationId, instance: &Instance) {
        let caller = Caller {
            command_id: self.0.sources.uuid(),
            keyed: false,
            request_hash: [0; 32],
            if_match: None,
            ..caller.clone()
        };
        let attempt = tunneling::Attempt {
            organization_id,
            instance: instance.clone(),
            day: Day::of(self.0.sources.now()),
        };
        let decide = |seen: &Seen| {
            let state = seen.tunneling(organization_id, instance, attempt.day)?;
            let events = tunneling::record(attempt.clone(), &state)?;
            if events.is_empty() {
                // Nothing to write down, not even that nothing was: attempts may be many.
                return Err(Refusal::CustomerTunneling { instance: instance.clone() }.into());
            }
            Ok(Plan::new(200, events, &()))
        };
        match self.0.executor.execute(&caller, &[], decide).await {
            Ok(_) | Err(CommandError::Refused(_)) => {}
            Err(error) => {
                tracing::warn!(%error, %instance, "an attempt at customer tunneling was not recorded");
            }
        }
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

fn read_instance(fields: &mut Fields, instance: &chancery_views::Instance) -> Option<Instance> {
    let tenant_id = fields.read("/instance/tenant_id", TenantId::new(instance.tenant_id));
    let environment = fields.read("/instance/environment", Environment::parse(&instance.environment));
    Some(Instance { tenant_id: tenant_id?, environment: environment? })
}
