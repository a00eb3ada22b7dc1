use chancery_domain::{Environment, TenantRegistered, tenant};

use crate::{
    fixtures::{NORTH, customer, name, tenant as registered, tenant_id},
    world::given,
};

fn configured() -> [Environment; 2] {
    [Environment::integration(), Environment::production()]
}

fn north() -> tenant::Register {
    tenant::Register {
        tenant_id: tenant_id(NORTH),
        name: name("A tenant"),
        customer_id: customer("acme"),
        environments: configured().to_vec(),
    }
}

fn register(world: &crate::world::World, command: tenant::Register) -> chancery_domain::Decision {
    tenant::register(command, &world.tenant(tenant_id(NORTH)), &configured())
}

#[test]
fn rule_09_a_tenant_is_registered_with_its_environments_sorted_and_each_once() {
    let environments =
        ["production", "integration", "production"].map(|text| Environment::parse(text).unwrap());
    given([])
        .when(|world| register(world, tenant::Register { environments: environments.to_vec(), ..north() }))
        .then([TenantRegistered {
            tenant_id: tenant_id(NORTH),
            name: name("A tenant"),
            customer_id: customer("acme"),
            environments: configured().to_vec(),
        }
        .into()]);
}

#[test]
fn rule_09_the_same_registration_again_changes_nothing() {
    given([registered(NORTH)]).when(|world| register(world, north())).then_nothing();
}

#[test]
fn rule_09_another_registration_under_the_same_id_is_refused() {
    for other in [
        tenant::Register { name: name("Another"), ..north() },
        tenant::Register { customer_id: customer("rival"), ..north() },
        tenant::Register { environments: vec![Environment::production()], ..north() },
    ] {
        given([registered(NORTH)]).when(|world| register(world, other)).refused("tenant_exists");
    }
}

#[test]
fn rule_09_a_tenant_exists_in_at_least_one_environment() {
    given([])
        .when(|world| register(world, tenant::Register { environments: vec![], ..north() }))
        .refused("environments_missing");
}

#[test]
fn rule_09_a_tenant_exists_in_configured_environments_only() {
    let environments = vec![Environment::parse("staging").unwrap()];
    given([])
        .when(|world| register(world, tenant::Register { environments, ..north() }))
        .refused("environment_unknown");
}
