//! Editing what an app says of itself, whom it is for and who manages its credentials (rules 4, 10, 12 and 17).

use crate::{
    AppDetailsEdited, CredentialManagement, CredentialManagementChanged, CustomerId, Decision, HomepageUrl,
    Name, OrganizationId, OrganizationKind, Refusal, ReviewRequested, Visibility, listing, organization,
};

use super::{App, State};

/// Edits an app; what is not named stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditDetails {
    /// On whose behalf the caller acts.
    pub organization_id: OrganizationId,
    pub name: Option<Name>,
    pub organization_name: Option<Name>,
    pub homepage_url: Option<HomepageUrl>,
    pub visibility: Option<Visibility>,
    /// Moves who may generate and revoke secrets, at any time; whatever is connected stays so (rule 17).
    pub credential_management: Option<CredentialManagement>,
}

/// What editing looks at.
#[derive(Debug, Clone, Copy)]
pub struct EditDetailsFacts<'a> {
    /// The organization that owns the app; looked at when a private app is made public.
    pub organization: &'a organization::State,
    /// The customers of the tenants that the app is listed for, in any order and number; looked at when a public
    /// app is made private.
    pub listed: &'a [CustomerId],
}

impl EditDetails {
    /// Whom the app will be for, if that changes.
    pub fn opens(&self, app: &App) -> Option<Visibility> {
        self.visibility.filter(|visibility| *visibility != app.visibility())
    }
}

/// Edits the app; what it says already changes nothing.
///
/// Making it private needs tenants of one customer. Making a third party's app public asks for a review, unless it
/// was approved once; the connections that stand go on meanwhile (rule 10).
pub fn edit_details(command: EditDetails, state: &State, facts: &EditDetailsFacts<'_>) -> Decision {
    let app = state.owned_by(command.organization_id)?;
    let review_needed = match command.opens(app) {
        None => false,
        Some(Visibility::Private) => {
            listing::of_one_customer(facts.listed)?;
            false
        }
        Some(Visibility::Public) => !app.audience.was_approved() && is_third_party(facts.organization, app)?,
    };

    let app_id = app.app_id;
    let edited = AppDetailsEdited {
        app_id,
        name: command.name.unwrap_or_else(|| app.name.clone()),
        organization_name: command.organization_name.unwrap_or_else(|| app.organization_name.clone()),
        homepage_url: command.homepage_url.unwrap_or_else(|| app.homepage_url.clone()),
        visibility: command.visibility.unwrap_or(app.visibility()),
    };
    let mut events = Vec::new();
    // Before the app is public: whoever reads event by event never sees it public and not asked about.
    if review_needed {
        events.push(ReviewRequested { app_id }.into());
    }
    if edited != details(app) {
        events.push(edited.into());
    }
    let chosen = command.credential_management.filter(|chosen| *chosen != app.credential_management);
    if let Some(credential_management) = chosen {
        events.push(CredentialManagementChanged { app_id, credential_management }.into());
    }
    Ok(events)
}

/// What the app says of itself now.
fn details(app: &App) -> AppDetailsEdited {
    AppDetailsEdited {
        app_id: app.app_id,
        name: app.name.clone(),
        organization_name: app.organization_name.clone(),
        homepage_url: app.homepage_url.clone(),
        visibility: app.visibility(),
    }
}

fn is_third_party(organization: &organization::State, app: &App) -> Result<bool, Refusal> {
    let organization_id = app.organization_id;
    let organization = organization.registered().ok_or(Refusal::OrganizationUnknown { organization_id })?;
    Ok(organization.kind == OrganizationKind::ThirdParty)
}
