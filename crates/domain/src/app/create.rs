//! Creating an app (rules 2 to 4, 6, 10 and 12).

use crate::{
    AppCreated, AppId, AppKey, CredentialManagement, Decision, HomepageUrl, Instance, Name, OrganizationId,
    OrganizationKind, Refusal, ScopeSet, Visibility, catalog, listing,
    organization::{self, Organization},
    tenant,
};

use super::State;

/// Creates an app. Its id and key were made outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// On whose behalf the caller acts.
    pub organization_id: OrganizationId,
    pub app_id: AppId,
    pub app_key: AppKey,
    pub name: Name,
    pub organization_name: Name,
    pub homepage_url: HomepageUrl,
    pub visibility: Visibility,
    /// By default the developer of a third party's app and the tenant's admin of a customer's (rule 17).
    pub credential_management: Option<CredentialManagement>,
    /// By default a third party's own integration instance.
    pub instance: Option<Instance>,
    pub scopes: ScopeSet,
}

/// What creating looks at.
#[derive(Debug, Clone, Copy)]
pub struct CreateFacts<'a> {
    pub organization: &'a organization::State,
    /// The tenant of the instance that the command names. Not looked at for a third party: it learns nothing
    /// about instances that are not its own (rule 2).
    pub instance: &'a tenant::State,
    pub catalog: &'a catalog::State,
    /// The tenants to list the app for at once; none is allowed.
    pub tenants: &'a [listing::Candidate<'a>],
}

/// Creates the app with its key and version 1, and lists it for the tenants.
pub fn create(command: Create, state: &State, facts: &CreateFacts<'_>) -> Decision {
    let organization_id = command.organization_id;
    let organization =
        facts.organization.registered().ok_or(Refusal::OrganizationUnknown { organization_id })?;
    let instance = instance(command.instance, organization, facts.instance)?;
    if *state != State::Absent {
        return Err(Refusal::AppExists);
    }
    if command.scopes.is_empty() {
        return Err(Refusal::ScopesMissing);
    }
    facts.catalog.offers(&command.scopes)?;
    let listings = listing::list(command.app_id, command.visibility, &[], facts.tenants)?;

    let third_party = organization.kind == OrganizationKind::ThirdParty;
    let created = AppCreated {
        app_id: command.app_id,
        app_key: command.app_key,
        organization_id,
        name: command.name,
        organization_name: command.organization_name,
        homepage_url: command.homepage_url,
        visibility: command.visibility,
        credential_management: command.credential_management.unwrap_or(if third_party {
            CredentialManagement::Developer
        } else {
            CredentialManagement::TenantAdmin
        }),
        instance_tenant_id: instance.tenant_id,
        instance_environment: instance.environment,
        scopes: command.scopes,
        review_required: third_party && command.visibility == Visibility::Public,
    };
    Ok([created.into()].into_iter().chain(listings).collect())
}

/// The instance that the app is created from, if the organization may create apps there.
fn instance(
    named: Option<Instance>,
    organization: &Organization,
    tenant: &tenant::State,
) -> Result<Instance, Refusal> {
    match organization.kind {
        OrganizationKind::ThirdParty => match (named, organization.integration_instance()) {
            (None, own) => own.ok_or(Refusal::InstanceMissing),
            (Some(named), Some(own)) if named == own => Ok(own),
            (Some(instance), _) => Err(Refusal::CustomerTunneling { instance }),
        },
        OrganizationKind::Customer => {
            let instance = named.ok_or(Refusal::InstanceMissing)?;
            let owned =
                tenant.registered().is_some_and(|tenant| tenant.customer_id == organization.customer_id);
            if owned && tenant.exists_in(&instance.environment) {
                Ok(instance)
            } else {
                Err(Refusal::InstanceUnknown { instance })
            }
        }
    }
}
