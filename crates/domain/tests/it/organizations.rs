use chancery_domain::{Decision, Environment, Name, OrganizationId, TenantRegistered, organization, tenant};

use crate::{
    fixtures::{
        LAB, MAKER, NORTH, OWNER, customer, customers_organization, name, stamp, tenant as registered,
        tenant_id, third_party,
    },
    world::{World, given},
};

fn register(
    world: &World,
    organization_id: OrganizationId,
    name: Name,
    profile: organization::Profile,
) -> Decision {
    let integration_tenant = match &profile {
        organization::Profile::ThirdParty { integration_tenant_id } => world.tenant(*integration_tenant_id),
        organization::Profile::Customer { .. } => tenant::State::default(),
    };
    let command = organization::Register { organization_id, name, profile };
    organization::register(command, &world.organization(organization_id), &integration_tenant)
}

fn lab(number: u64) -> organization::Profile {
    organization::Profile::ThirdParty { integration_tenant_id: tenant_id(number) }
}

#[test]
fn rule_01_a_third_party_is_registered_with_its_integration_instance_and_is_its_customer() {
    let instance = TenantRegistered {
        tenant_id: tenant_id(LAB),
        name: name("Fieldworks"),
        customer_id: MAKER.into(),
        environments: vec![Environment::integration()],
    };
    given([])
        .when(|world| register(world, MAKER, name("Fieldworks"), lab(LAB)))
        .then([third_party(), instance.into()]);
}

#[test]
fn rule_01_a_tenant_of_somebody_else_does_not_become_an_integration_instance() {
    given([registered(NORTH)])
        .when(|world| register(world, MAKER, name("Fieldworks"), lab(NORTH)))
        .refused("tenant_exists");
}

#[test]
fn rule_03_a_customer_registers_an_organization_for_its_own_tenants() {
    given([])
        .when(|world| {
            let profile = organization::Profile::Customer { customer_id: customer("acme") };
            register(world, OWNER, name("Acme IT"), profile)
        })
        .then([customers_organization()]);
}

#[test]
fn rule_01_an_organization_is_registered_once() {
    given([third_party(), registered(LAB)])
        .when(|world| register(world, MAKER, name("Fieldworks"), lab(LAB)))
        .refused("organization_exists");
}

#[test]
fn rule_01_a_registered_organization_says_who_registered_it_and_when() {
    let world = given([third_party()]);
    let state = world.organization(MAKER);
    let organization = state.registered().unwrap();
    assert_eq!(organization.registered, stamp());
    assert_eq!(organization.integration_instance().unwrap().to_string(), "1/integration");
}
