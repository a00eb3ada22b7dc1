use chancery_domain::{AppCreated, Decision, OrganizationId, app::State, listing};

use crate::{
    fixtures::{
        APP, LAB, MAKER, NORTH, OWNER, RIVAL, SOUTH, approved, integration, listed, private_app, production,
        public_app, rejected, tenant, tenant_id, with_candidates,
    },
    world::{World, given},
};

fn add(world: &World, organization_id: OrganizationId, tenants: &[u64]) -> Decision {
    with_candidates(world, tenants, |tenants| {
        let facts = listing::AddFacts { app: &world.app(APP), listed: &world.customers_listed(APP), tenants };
        listing::add(organization_id, &facts)
    })
}

fn cast_with(app: AppCreated) -> World {
    given([tenant(NORTH), tenant(SOUTH), tenant(RIVAL), tenant(LAB), app.into()])
}

#[test]
fn rule_09_tenants_are_listed_in_any_number() {
    cast_with(public_app())
        .when(|world| add(world, MAKER, &[NORTH, RIVAL]))
        .then([listed(NORTH), listed(RIVAL)]);
}

#[test]
fn rule_09_listing_a_listed_tenant_changes_nothing() {
    cast_with(public_app())
        .when(|world| add(world, MAKER, &[NORTH]))
        .then([listed(NORTH)])
        .when(|world| add(world, MAKER, &[NORTH, SOUTH, SOUTH]))
        .then([listed(SOUTH)])
        .when(|world| add(world, MAKER, &[NORTH, SOUTH]))
        .then_nothing();
}

#[test]
fn rule_09_an_unregistered_tenant_id_lists_nobody() {
    let refusal =
        cast_with(public_app()).when(|world| add(world, MAKER, &[98, NORTH, 99])).refused("tenant_unknown");
    assert!(refusal.to_string().ends_with("98, 99."), "{refusal}");
}

#[test]
fn rule_09_a_call_names_from_one_to_a_thousand_tenants() {
    let thousand = vec![NORTH; listing::MAX_TENANTS];
    cast_with(public_app()).when(|world| add(world, MAKER, &thousand)).then([listed(NORTH)]);
    let more = vec![NORTH; listing::MAX_TENANTS + 1];
    cast_with(public_app()).when(|world| add(world, MAKER, &more)).refused("too_many_tenants");
    cast_with(public_app()).when(|world| add(world, MAKER, &[])).refused("tenants_missing");
}

#[test]
fn rule_09_a_foreign_organization_lists_nobody_and_learns_nothing() {
    let foreign = cast_with(public_app()).when(|world| add(world, OWNER, &[NORTH]));
    let absent = given([tenant(NORTH)]).when(|world| add(world, MAKER, &[NORTH]));
    assert_eq!(foreign.refused("app_unknown"), absent.refused("app_unknown"));
}

#[test]
fn rule_10_a_private_app_is_listed_for_tenants_of_one_customer() {
    cast_with(private_app())
        .when(|world| add(world, MAKER, &[NORTH, SOUTH]))
        .then([listed(NORTH), listed(SOUTH)]);
    cast_with(private_app()).when(|world| add(world, MAKER, &[NORTH, RIVAL])).refused("several_customers");
}

#[test]
fn rule_10_a_private_app_stays_with_the_customer_that_it_serves() {
    cast_with(private_app())
        .when(|world| add(world, MAKER, &[NORTH]))
        .then([listed(NORTH)])
        .when(|world| add(world, MAKER, &[SOUTH]))
        .then([listed(SOUTH)])
        .when(|world| add(world, MAKER, &[RIVAL]))
        .refused("several_customers");
}

#[test]
fn rule_10_a_public_app_serves_many_customers() {
    cast_with(public_app())
        .when(|world| add(world, MAKER, &[NORTH]))
        .then([listed(NORTH)])
        .when(|world| add(world, MAKER, &[RIVAL]))
        .then([listed(RIVAL)]);
}

#[test]
fn rule_12_tenants_are_listed_while_the_review_is_pending() {
    let world = cast_with(public_app()).when(|world| add(world, MAKER, &[NORTH])).then([listed(NORTH)]);
    assert!(!sees(&world, NORTH));
}

fn sees(world: &World, number: u64) -> bool {
    let id = tenant_id(number);
    listing::visible(&world.app(APP), &world.listing(APP, id), &integration(number)).is_ok()
}

#[test]
fn rule_13_a_tenant_sees_a_listed_app_that_is_approved_or_needs_no_approval() {
    for (app, decision, visible) in [
        (public_app(), None, false),
        (public_app(), Some(rejected()), false),
        (public_app(), Some(approved()), true),
        (private_app(), None, true),
    ] {
        let world = given([app.into(), listed(NORTH)].into_iter().chain(decision));
        assert_eq!(sees(&world, NORTH), visible);
        assert!(!sees(&world, SOUTH), "it is not listed for this tenant");
    }
}

#[test]
fn rule_13_the_own_integration_instance_sees_a_listed_app_before_its_approval() {
    assert!(sees(&given([public_app().into(), listed(LAB)]), LAB));
    assert!(sees(&given([public_app().into(), listed(LAB), rejected()]), LAB));
    assert!(!sees(&given([public_app().into()]), LAB));
}

#[test]
fn rule_13_the_own_integration_instance_is_one_environment_of_its_tenant() {
    let world = given([public_app().into(), listed(LAB)]);
    let listing = world.listing(APP, tenant_id(LAB));
    assert!(listing::visible(&world.app(APP), &listing, &integration(LAB)).is_ok());
    assert!(listing::visible(&world.app(APP), &listing, &production(LAB)).is_err());
}

#[test]
fn rule_13_what_a_tenant_may_not_see_is_refused_like_what_does_not_exist() {
    let hidden = given([public_app().into(), listed(NORTH)]);
    let id = tenant_id(NORTH);
    let refusal =
        listing::visible(&hidden.app(APP), &hidden.listing(APP, id), &production(NORTH)).unwrap_err();
    assert_eq!(
        listing::visible(&State::Absent, &listing::State::NotListed, &production(NORTH)).unwrap_err(),
        refusal
    );
    assert_eq!(refusal.code(), "app_unknown");
}
