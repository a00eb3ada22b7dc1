//! Customers' developers and their networks.

use chancery_domain::{
    Decision, Environment, GroupId, Name, NetworkId, connection, credential, group, network,
};

use crate::{
    fixtures::name,
    model::{self, By},
};

use super::{super::numbers, Domain, connections::hours};

/// Where a group is looked for.
pub type Whose = (NetworkId, GroupId);

impl Domain {
    pub(super) fn create_network(&self, next: usize, organization: usize) -> Decision {
        let organization_id = numbers::organization(organization);
        let network_id = numbers::network(next);
        let command = network::Create { organization_id, network_id, name: label() };
        let state = self.world.network(network_id);
        network::create(command, &state, &self.world.organization(organization_id))
    }

    pub(super) fn create_group(
        &self,
        next: usize,
        by: By,
        network: usize,
        environment: model::Environment,
    ) -> Decision {
        let group_id = numbers::group(next);
        let command = group::Create {
            organization_id: numbers::organization(by.number()),
            group_id,
            name: label(),
            environment: numbers::environment(environment),
        };
        let configured = [Environment::integration(), Environment::production()];
        let network = self.world.network(numbers::network(network));
        group::create(command, &self.world.group(group_id), &network, &configured)
    }

    pub(super) fn add_to_group(&self, by: By, (network_id, group_id): Whose, tenant: u64) -> Decision {
        let tenant_id = numbers::tenant(tenant);
        let state = self.world.group(group_id);
        let apps = state.created().map(|group| group.apps.clone()).unwrap_or_default();
        let known: Vec<_> = apps
            .iter()
            .map(|app_id| {
                let listing = self.world.listing(*app_id, tenant_id);
                (self.world.app(*app_id), listing, self.world.customers_listed(*app_id))
            })
            .collect();
        let offered: Vec<_> =
            known.iter().map(|(app, listing, listed)| group::Offered { app, listing, listed }).collect();
        let facts = group::AddTenantFacts { tenant: &self.world.tenant(tenant_id), offered: &offered };
        let organization_id = numbers::organization(by.number());
        group::add_tenant(group::AddTenant { organization_id, network_id, tenant_id }, &state, &facts)
    }

    pub(super) fn remove_from_group(&self, by: By, (network_id, group_id): Whose, tenant: u64) -> Decision {
        let tenant_id = numbers::tenant(tenant);
        let state = self.world.group(group_id);
        let connections: Vec<_> = state
            .created()
            .into_iter()
            .flat_map(|group| group.apps.iter().map(move |app_id| (group, *app_id)))
            .map(|(group, app_id)| {
                (self.world.app(app_id), self.world.connection(app_id, tenant_id, &group.environment))
            })
            .collect();
        let organization_id = numbers::organization(by.number());
        group::remove_tenant(
            group::RemoveTenant { organization_id, network_id, tenant_id },
            &state,
            &connections,
        )
    }

    pub(super) fn offer(&self, by: By, (network_id, group_id): Whose, app: usize) -> Decision {
        let state = self.world.group(group_id);
        let tenants: Vec<_> =
            state.created().into_iter().flat_map(|group| &group.tenants).map(|id| id.get()).collect();
        self.with_candidates(app, &tenants, |members| {
            let facts = group::OfferFacts {
                app: &self.world.app(numbers::app(app)),
                // A group of the model never has as many as it may.
                offered: &[],
                listed: &self.world.customers_listed(numbers::app(app)),
                members,
            };
            let organization_id = numbers::organization(by.number());
            group::offer(group::Offer { organization_id, network_id }, &state, &facts)
        })
    }

    pub(super) fn generate_for_group(
        &self,
        by: By,
        (network_id, group_id): Whose,
        app: usize,
        overlap: i64,
        now: i64,
        fresh: usize,
    ) -> Decision {
        let group = self.world.group(group_id);
        let members = self.members(&group, app);
        let state = self.credential_of(connection::shared_client(group_id, &members));
        let facts = credential::SharedFacts {
            app: &self.world.app(numbers::app(app)),
            group: &group,
            members: &members,
        };
        let command = credential::GenerateShared {
            organization_id: numbers::organization(by.number()),
            network_id,
            secret: numbers::new_secret(fresh),
            overlap: hours(overlap),
            now: numbers::at(now),
        };
        credential::generate_shared(command, &state, &facts)
    }
}

fn label() -> Name {
    name("A label")
}
