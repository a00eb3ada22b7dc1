//! Editing what an app says of itself, whom it is for, who manages its credentials, and its scopes.

use chancery_domain::{AppId, HomepageUrl, Name, Scope, StreamName, app, organization};
use chancery_views::{CredentialManagement, Visibility};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    super::{
        Answer, Caller, CommandError, Commands,
        fields::{Fields, present},
        words,
    },
    answer, unchanged_since,
};
use crate::states::Seen;

/// What to change of an app; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditApp {
    /// A label, not unique: 1 to 100 characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub organization_name: Option<String>,
    /// An https URL with a host name, without credentials. Never fetched.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub homepage_url: Option<String>,
    /// `private` needs listed tenants of one customer. `public` asks for a review, where one is needed.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
    /// Who generates and revokes secrets from now on; those that there are stay.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub credential_management: Option<CredentialManagement>,
}

/// All scopes of the next version.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditScopes {
    pub scopes: Vec<String>,
}

impl Commands {
    /// `PATCH /v1/apps/{app}`
    pub async fn edit_app(
        &self,
        caller: &Caller,
        app_id: AppId,
        body: EditApp,
    ) -> Result<Answer, CommandError> {
        let command = body.read(caller)?;
        let decide = |seen: &Seen| {
            let state = seen.app(app_id)?;
            let opens = command.opens(state.owned_by(command.organization_id)?);
            unchanged_since(caller, seen, &StreamName::App(app_id))?;
            let (organization, listed) = match opens {
                None => (organization::State::Absent, Vec::new()),
                Some(chancery_domain::Visibility::Public) => {
                    (seen.organization(command.organization_id)?, Vec::new())
                }
                Some(chancery_domain::Visibility::Private) => {
                    (organization::State::Absent, seen.customers(app_id)?)
                }
            };
            let facts = app::EditDetailsFacts { organization: &organization, listed: &listed };
            let events = app::edit_details(command.clone(), &state, &facts)?;
            answer(seen, 200, app_id, events, None)
        };
        self.0.executor.execute(caller, &[], decide).await
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
}

impl EditApp {
    fn read(&self, caller: &Caller) -> Result<app::EditDetails, CommandError> {
        let organization_id = caller.organization()?;
        let mut fields = Fields::default();
        let name = fields.optional("/name", self.name.as_deref(), Name::parse);
        let organization_name =
            fields.optional("/organization_name", self.organization_name.as_deref(), Name::parse);
        let homepage_url = fields.optional("/homepage_url", self.homepage_url.as_deref(), HomepageUrl::parse);
        fields.done(Some(app::EditDetails {
            organization_id,
            name,
            organization_name,
            homepage_url,
            visibility: self.visibility.map(words::to_visibility),
            credential_management: self.credential_management.map(words::to_credential_management),
        }))
    }
}
