//! What happened before the first command.

use std::collections::BTreeSet;

use chancery_domain::{Environment, Event, OrganizationKind, OrganizationRegistered, TenantRegistered};

use crate::{fixtures::name, model::Facts, world::given};

use super::{super::numbers, Domain};

/// The facts of the beginning, as events.
pub fn events() -> Vec<Event> {
    let facts = Facts::start();
    let organizations = facts.organizations.iter().enumerate().map(|(number, organization)| {
        let kind = if organization.lab.is_some() {
            OrganizationKind::ThirdParty
        } else {
            OrganizationKind::Customer
        };
        let registered = OrganizationRegistered {
            organization_id: numbers::organization(number),
            name: name("An organization"),
            kind,
            customer_id: numbers::customer(number),
            integration_tenant_id: organization.lab.map(numbers::tenant),
        };
        registered.into()
    });
    let tenants = facts.tenants.iter().map(|(number, tenant)| {
        let environments = [Environment::integration(), Environment::production()];
        let registered = TenantRegistered {
            tenant_id: numbers::tenant(*number),
            name: name("A tenant"),
            customer_id: numbers::customer(tenant.customer),
            environments: environments.into_iter().take(if tenant.in_production { 2 } else { 1 }).collect(),
        };
        registered.into()
    });
    let published =
        Domain { world: given([]), shown: BTreeSet::new() }.publish_catalog(facts.catalog).unwrap();
    organizations.chain(tenants).chain(published).collect()
}
