use chancery_domain::{ConnectionDisabled, Decision, Environment, Instance, OrganizationId, listing};

use crate::{
    fixtures::{
        APP, LAB, MAKER, NORTH, OWNER, RIVAL, SOUTH, connected, declined, integration, listed, private_app,
        production, public_app, revoked_with_the_listing, tenant, tenant_id, unlisted, with_candidates,
    },
    world::{World, given},
};

fn remove(world: &World, organization_id: OrganizationId, number: u64) -> Decision {
    let id = tenant_id(number);
    let environments = [Environment::integration(), Environment::production()];
    let connections = environments.each_ref().map(|environment| world.connection(APP, id, environment));
    let connections: Vec<_> = environments
        .iter()
        .zip(&connections)
        .map(|(environment, connection)| listing::Here { environment, connection })
        .collect();
    let facts = listing::RemoveFacts { app: &world.app(APP), connections: &connections };
    listing::remove(organization_id, id, &world.listing(APP, id), &facts)
}

fn add(world: &World, number: u64) -> Decision {
    with_candidates(world, &[number], |tenants| {
        let facts = listing::AddFacts { app: &world.app(APP), listed: &world.customers_listed(APP), tenants };
        listing::add(MAKER, &facts)
    })
}

#[test]
fn rule_09_a_tenant_is_removed_and_added_again() {
    let world = given([tenant(NORTH), public_app().into(), listed(NORTH), listed(SOUTH)])
        .when(|world| remove(world, MAKER, NORTH))
        .then([unlisted(NORTH)]);
    assert!(world.listing(APP, tenant_id(SOUTH)).is_listed());
    world.when(|world| add(world, NORTH)).then([listed(NORTH)]);
}

#[test]
fn rule_09_a_tenant_that_is_not_listed_is_not_removed() {
    given([tenant(NORTH), public_app().into()])
        .when(|world| remove(world, MAKER, NORTH))
        .refused("tenant_not_listed");
    given([public_app().into(), listed(NORTH), unlisted(NORTH)])
        .when(|world| remove(world, MAKER, NORTH))
        .refused("tenant_not_listed");
}

#[test]
fn rule_09_a_foreign_organization_removes_nobody_and_learns_nothing() {
    let foreign = given([public_app().into(), listed(NORTH)]).when(|world| remove(world, OWNER, NORTH));
    let absent = given([]).when(|world| remove(world, MAKER, NORTH));
    assert_eq!(foreign.refused("app_unknown"), absent.refused("app_unknown"));
}

#[test]
fn rule_10_a_private_app_whose_tenants_were_all_removed_serves_another_customer() {
    given([tenant(NORTH), tenant(RIVAL), private_app().into(), listed(NORTH)])
        .when(|world| add(world, RIVAL))
        .refused("several_customers");
    given([tenant(NORTH), tenant(RIVAL), private_app().into(), listed(NORTH)])
        .when(|world| remove(world, MAKER, NORTH))
        .then([unlisted(NORTH)])
        .when(|world| add(world, RIVAL))
        .then([listed(RIVAL)]);
}

#[test]
fn rule_13_a_removed_tenant_sees_the_app_no_longer() {
    for (number, app) in [(NORTH, private_app()), (LAB, public_app())] {
        let world = given([app.into(), listed(number), unlisted(number)]);
        let id = tenant_id(number);
        assert!(listing::visible(&world.app(APP), &world.listing(APP, id), &integration(number)).is_err());
    }
}

#[test]
fn rule_24_removing_a_connected_tenant_revokes_its_connection_in_every_environment() {
    given([
        private_app().into(),
        listed(NORTH),
        connected(&integration(NORTH), 1),
        connected(&production(NORTH), 1),
        connected(&production(SOUTH), 1),
    ])
    .when(|world| remove(world, MAKER, NORTH))
    .then([
        unlisted(NORTH),
        revoked_with_the_listing(&integration(NORTH)),
        revoked_with_the_listing(&production(NORTH)),
    ]);
}

#[test]
fn rule_24_removing_a_tenant_whose_connection_is_paused_revokes_it() {
    let north = production(NORTH);
    let Instance { tenant_id, environment } = north.clone();
    let paused = ConnectionDisabled { app_id: APP, tenant_id, environment };
    given([private_app().into(), listed(NORTH), connected(&north, 1), paused.into()])
        .when(|world| remove(world, MAKER, NORTH))
        .then([unlisted(NORTH), revoked_with_the_listing(&north)]);
}

#[test]
fn rule_24_removing_a_tenant_again_revokes_nothing_again() {
    let north = production(NORTH);
    given([
        private_app().into(),
        listed(NORTH),
        connected(&north, 1),
        unlisted(NORTH),
        revoked_with_the_listing(&north),
        listed(NORTH),
    ])
    .when(|world| remove(world, MAKER, NORTH))
    .then([unlisted(NORTH)]);
}

#[test]
fn rule_24_removing_a_tenant_that_is_not_connected_revokes_nothing() {
    given([private_app().into(), listed(NORTH), declined(&production(NORTH), 1)])
        .when(|world| remove(world, MAKER, NORTH))
        .then([unlisted(NORTH)]);
}
