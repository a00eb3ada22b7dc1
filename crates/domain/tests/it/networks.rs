use chancery_domain::{Decision, OrganizationId, network};

use crate::{
    fixtures::{
        GROUP, MAKER, NETWORK, OWNER, customers_organization, group_created, name, network_created,
        production, stamp, third_party,
    },
    world::{World, given},
};

fn create(world: &World, organization_id: OrganizationId) -> Decision {
    let command = network::Create { organization_id, network_id: NETWORK, name: name("All of Acme") };
    network::create(command, &world.network(NETWORK), &world.organization(organization_id))
}

#[test]
fn rule_26_a_customer_organization_makes_a_network_of_its_customers_tenants() {
    let world =
        given([customers_organization()]).when(|world| create(world, OWNER)).then([network_created()]);
    let state = world.network(NETWORK);
    let network = state.created().unwrap();
    assert_eq!((network.customer_id.as_str(), &network.created), ("acme", &stamp()));
}

#[test]
fn rule_26_a_third_party_makes_no_network() {
    given([third_party()]).when(|world| create(world, MAKER)).refused("networks_for_customers_only");
}

#[test]
fn rule_26_an_organization_that_is_not_registered_makes_no_network() {
    given([]).when(|world| create(world, OWNER)).refused("organization_unknown");
}

#[test]
fn rule_26_a_networks_id_is_taken_once() {
    given([customers_organization(), network_created()])
        .when(|world| create(world, OWNER))
        .refused("network_exists");
}

#[test]
fn rule_26_a_network_is_its_organizations_alone() {
    let world = given([network_created()]);
    let foreign = world.network(NETWORK).owned_by(MAKER).unwrap_err();
    let absent = given([]).network(NETWORK).owned_by(OWNER).unwrap_err();
    assert_eq!((foreign.code(), foreign), ("network_unknown", absent));
    assert!(world.network(NETWORK).owned_by(OWNER).is_ok());
}

#[test]
fn rule_26_a_group_is_of_one_network_organization_and_environment() {
    let world = given([network_created(), group_created(GROUP)]);
    let state = world.group(GROUP);
    let group = state.owned_by(OWNER, NETWORK).unwrap();
    assert_eq!(group.environment, production(1).environment);
    assert_eq!((group.tenants.len(), group.apps.len()), (0, 0));
    let elsewhere = chancery_domain::NetworkId(GROUP.0);
    assert_eq!(state.owned_by(OWNER, elsewhere).unwrap_err().code(), "group_unknown");
    assert_eq!(state.owned_by(MAKER, NETWORK).unwrap_err().code(), "group_unknown");
}
