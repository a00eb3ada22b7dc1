//! Developers and their apps.

use chancery_domain::{
    AppKey, CredentialManagement, Decision, HomepageUrl, TenantId, Visibility, app, listing, tenant,
};

use crate::{
    fixtures::name,
    model::{By, Mode, Place, Scopes},
};

use super::{super::numbers, Domain};

impl Domain {
    #[allow(clippy::too_many_arguments, reason = "the fields of one command, each of another type")]
    pub(super) fn create_app(
        &self,
        next: usize,
        organization: usize,
        public: bool,
        mode: Option<Mode>,
        instance: Option<Place>,
        tenants: &[u64],
        scopes: Scopes,
    ) -> Decision {
        let app_id = numbers::app(next);
        let command = app::Create {
            organization_id: numbers::organization(organization),
            app_id,
            app_key: AppKey::from_entropy([next.try_into().unwrap(); 32]),
            name: name("App 0"),
            organization_name: name("An organization"),
            homepage_url: HomepageUrl::parse("https://www.example.com").unwrap(),
            visibility: visibility(public),
            credential_management: mode.map(credential_management),
            instance: instance.map(numbers::instance),
            scopes: numbers::scope_set(scopes),
        };
        let named = command.instance.as_ref().map(|instance| self.world.tenant(instance.tenant_id));
        self.with_candidates(next, tenants, |candidates| {
            let facts = app::CreateFacts {
                organization: &self.world.organization(command.organization_id),
                instance: &named.unwrap_or_default(),
                catalog: &self.world.catalog,
                tenants: candidates,
            };
            app::create(command, &self.world.app(app_id), &facts)
        })
    }

    pub(super) fn patch(
        &self,
        by: By,
        app: usize,
        label: Option<u8>,
        public: Option<bool>,
        mode: Option<Mode>,
    ) -> Decision {
        let organization_id = numbers::organization(by.number());
        let command = app::EditDetails {
            organization_id,
            name: label.map(|label| name(&format!("App {label}"))),
            organization_name: None,
            homepage_url: None,
            visibility: public.map(visibility),
            credential_management: mode.map(credential_management),
        };
        let app_id = numbers::app(app);
        let facts = app::EditDetailsFacts {
            organization: &self.world.organization(organization_id),
            listed: &self.world.customers_listed(app_id),
        };
        app::edit_details(command, &self.world.app(app_id), &facts)
    }

    pub(super) fn edit_scopes(&self, by: By, app: usize, scopes: Scopes) -> Decision {
        let command = app::EditScopes {
            organization_id: numbers::organization(by.number()),
            scopes: numbers::scope_set(scopes),
        };
        app::edit_scopes(command, &self.world.app(numbers::app(app)), &self.world.catalog)
    }

    pub(super) fn add_tenants(&self, by: By, app: usize, tenants: &[u64]) -> Decision {
        let app_id = numbers::app(app);
        self.with_candidates(app, tenants, |candidates| {
            let facts = listing::AddFacts {
                app: &self.world.app(app_id),
                listed: &self.world.customers_listed(app_id),
                tenants: candidates,
            };
            listing::add(numbers::organization(by.number()), &facts)
        })
    }

    pub(super) fn remove_tenant(&self, by: By, app: usize, tenant: u64) -> Decision {
        let (app_id, tenant_id) = (numbers::app(app), numbers::tenant(tenant));
        let state = self.world.tenant(tenant_id);
        let environments = state.registered().map_or(&[][..], |tenant| tenant.environments.as_slice());
        let connections: Vec<_> =
            environments.iter().map(|here| self.world.connection(app_id, tenant_id, here)).collect();
        let here: Vec<_> = environments
            .iter()
            .zip(&connections)
            .map(|(environment, connection)| listing::Here { environment, connection })
            .collect();
        let facts = listing::RemoveFacts { app: &self.world.app(app_id), connections: &here };
        let listing = self.world.listing(app_id, tenant_id);
        listing::remove(numbers::organization(by.number()), tenant_id, &listing, &facts)
    }

    pub(super) fn request_review(&self, by: By, app: usize) -> Decision {
        app::request_review(numbers::organization(by.number()), &self.world.app(numbers::app(app)))
    }

    pub(super) fn delete(&self, by: By, app: usize) -> Decision {
        app::delete(numbers::organization(by.number()), &self.world.app(numbers::app(app)))
    }

    /// Calls `decide` with the tenants as candidates for a listing of the app.
    pub(super) fn with_candidates<T>(
        &self,
        app: usize,
        tenants: &[u64],
        decide: impl FnOnce(&[listing::Candidate<'_>]) -> T,
    ) -> T {
        let known: Vec<(TenantId, tenant::State, listing::State)> = tenants
            .iter()
            .map(|number| numbers::tenant(*number))
            .map(|id| (id, self.world.tenant(id), self.world.listing(numbers::app(app), id)))
            .collect();
        let candidates: Vec<_> = known
            .iter()
            .map(|(tenant_id, tenant, listing)| listing::Candidate { tenant_id: *tenant_id, tenant, listing })
            .collect();
        decide(&candidates)
    }
}

fn visibility(public: bool) -> Visibility {
    if public { Visibility::Public } else { Visibility::Private }
}

fn credential_management(mode: Mode) -> CredentialManagement {
    match mode {
        Mode::Developer => CredentialManagement::Developer,
        Mode::TenantAdmin => CredentialManagement::TenantAdmin,
    }
}
