use chancery_domain::{
    AppCreated, AppDeleted, AppId, Decision, Environment, Event, NetworkId, OrganizationId, TenantAdded,
    TenantRegistered, Visibility, app, connection, group,
};
use uuid::Uuid;

use crate::{
    fixtures::{
        APP, GROUP, LAB, MAKER, NETWORK, NORTH, OTHER_GROUP, OWNER, RIVAL, SOUTH, connected,
        connected_through, customer, deleted, disabled, group_created, joined, left, listed, name,
        network_created, offered_to, own_app, private_app, production, revoked_with_the_group, stamp, tenant,
        tenant_id, with_candidates,
    },
    world::{World, given},
};

/// The tenants, the customer's app and its empty group.
fn hub() -> World {
    let tenants = [LAB, NORTH, SOUTH, RIVAL].map(tenant);
    given(tenants).and(&stamp(), [own_app().into(), network_created(), group_created(GROUP)])
}

/// NORTH and SOUTH are in the group, which is offered the app.
fn offering() -> World {
    let events =
        [joined(GROUP, NORTH), joined(GROUP, SOUTH), offered_to(GROUP, APP), listed(NORTH), listed(SOUTH)];
    hub().and(&stamp(), events)
}

fn create(world: &World, organization_id: OrganizationId, environment: Environment) -> Decision {
    let command =
        group::Create { organization_id, group_id: GROUP, name: name("Field offices"), environment };
    let configured = [Environment::integration(), Environment::production()];
    group::create(command, &world.group(GROUP), &world.network(NETWORK), &configured)
}

fn add_for(world: &World, organization_id: OrganizationId, network_id: NetworkId, number: u64) -> Decision {
    let id = tenant_id(number);
    let state = world.group(GROUP);
    let apps: Vec<_> = state.created().into_iter().flat_map(|group| &group.apps).copied().collect();
    let known: Vec<_> = apps
        .iter()
        .map(|app| (world.app(*app), world.listing(*app, id), world.customers_listed(*app)))
        .collect();
    let offered: Vec<_> =
        known.iter().map(|(app, listing, listed)| group::Offered { app, listing, listed }).collect();
    let facts = group::AddTenantFacts { tenant: &world.tenant(id), offered: &offered };
    group::add_tenant(group::AddTenant { organization_id, network_id, tenant_id: id }, &state, &facts)
}

fn add(world: &World, number: u64) -> Decision {
    add_for(world, OWNER, NETWORK, number)
}

fn remove_for(world: &World, organization_id: OrganizationId, number: u64) -> Decision {
    let id = tenant_id(number);
    let state = world.group(GROUP);
    let connections: Vec<(app::State, connection::State)> = state
        .created()
        .into_iter()
        .flat_map(|group| {
            group.apps.iter().map(|app| (world.app(*app), world.connection(*app, id, &group.environment)))
        })
        .collect();
    let command = group::RemoveTenant { organization_id, network_id: NETWORK, tenant_id: id };
    group::remove_tenant(command, &state, &connections)
}

fn remove(world: &World, number: u64) -> Decision {
    remove_for(world, OWNER, number)
}

fn offer_for(world: &World, organization_id: OrganizationId, app_id: AppId) -> Decision {
    let state = world.group(GROUP);
    let members: Vec<_> =
        state.created().into_iter().flat_map(|group| &group.tenants).map(|tenant| tenant.get()).collect();
    with_candidates(world, &members, |members| {
        let listed = world.customers_listed(app_id);
        let offered: Vec<_> =
            state.created().into_iter().flat_map(|group| &group.apps).map(|app| world.app(*app)).collect();
        let facts =
            group::OfferFacts { app: &world.app(app_id), offered: &offered, listed: &listed, members };
        group::offer(group::Offer { organization_id, network_id: NETWORK }, &state, &facts)
    })
}

fn offer(world: &World) -> Decision {
    offer_for(world, OWNER, APP)
}

#[test]
fn rule_26_a_group_is_made_in_a_network() {
    let world = given([network_created()])
        .when(|world| create(world, OWNER, Environment::production()))
        .then([group_created(GROUP)]);
    let state = world.group(GROUP);
    assert_eq!((state.created().unwrap().network_id, &state.created().unwrap().created), (NETWORK, &stamp()));
}

#[test]
fn rule_26_a_group_is_in_an_environment_that_exists_here() {
    let nowhere = Environment::parse("staging").unwrap();
    given([network_created()]).when(|world| create(world, OWNER, nowhere)).refused("environment_unknown");
}

#[test]
fn rule_26_a_group_in_a_foreign_or_absent_network_is_refused_alike() {
    let production = Environment::production;
    let foreign = given([network_created()]).when(|world| create(world, MAKER, production()));
    let absent = given([]).when(|world| create(world, OWNER, production()));
    assert_eq!(foreign.refused("network_unknown"), absent.refused("network_unknown"));
}

#[test]
fn rule_26_a_groups_id_is_taken_once() {
    hub().when(|world| create(world, OWNER, Environment::production())).refused("group_exists");
}

#[test]
fn rule_26_tenants_of_the_customer_join() {
    let world = hub().when(|world| add(world, NORTH)).then([joined(GROUP, NORTH)]);
    assert!(world.group(GROUP).created().unwrap().tenants.contains(&tenant_id(NORTH)));
    world.when(|world| add(world, NORTH)).then_nothing();
}

#[test]
fn rule_26_foreign_and_absent_tenants_and_those_not_in_the_environment_are_refused_alike() {
    let elsewhere: Event = TenantRegistered {
        tenant_id: tenant_id(12),
        name: name("Test only"),
        customer_id: customer("acme"),
        environments: vec![Environment::integration()],
    }
    .into();
    for number in [RIVAL, LAB, 12, 99] {
        let world = hub().and(&stamp(), [elsewhere.clone()]);
        let refusal = world.when(|world| add(world, number)).refused("tenant_unknown");
        assert!(refusal.to_string().ends_with(&format!("{number}.")), "{refusal}");
    }
}

#[test]
fn rule_26_a_foreign_or_absent_group_is_refused_alike_whatever_is_done_to_it() {
    let absent = || given([NORTH, SOUTH].map(tenant)).and(&stamp(), [own_app().into()]);
    let refusal = absent().when(|world| add(world, NORTH)).refused("group_unknown");
    assert_eq!(absent().when(|world| remove(world, NORTH)).refused("group_unknown"), refusal);
    assert_eq!(absent().when(offer).refused("group_unknown"), refusal);
    let foreign = offering();
    let added = foreign.clone().when(|world| add_for(world, MAKER, NETWORK, NORTH)).refused("group_unknown");
    assert_eq!(added, refusal);
    foreign.clone().when(|world| remove_for(world, MAKER, NORTH)).refused("group_unknown");
    foreign.clone().when(|world| offer_for(world, MAKER, APP)).refused("group_unknown");
    let elsewhere = NetworkId(Uuid::from_u128(0xDD));
    foreign.when(|world| add_for(world, OWNER, elsewhere, NORTH)).refused("group_unknown");
}

#[test]
fn rule_26_a_group_has_a_thousand_tenants_at_most() {
    let full = (0..1000).map(|number| joined(GROUP, 1000 + number));
    let world = hub().and(&stamp(), full);
    world.clone().when(|world| add(world, NORTH)).refused("group_full");
    world.and(&stamp(), [left(GROUP, 1000)]).when(|world| add(world, NORTH)).then([joined(GROUP, NORTH)]);
}

#[test]
fn rule_26_connecting_a_group_offers_the_app_to_its_tenants() {
    let world = hub().and(&stamp(), [joined(GROUP, NORTH), joined(GROUP, SOUTH), listed(SOUTH)]);
    let world = world.when(offer).then([offered_to(GROUP, APP), listed(NORTH)]);
    let state = world.connection(APP, tenant_id(NORTH), &Environment::production());
    assert_eq!(state, connection::State::default(), "an offer grants nothing");
    world.when(offer).then_nothing();
}

#[test]
fn rule_26_an_app_is_offered_to_an_empty_group_too() {
    hub().when(offer).then([offered_to(GROUP, APP)]);
}

#[test]
fn rule_26_third_party_apps_and_foreign_deleted_and_absent_ones_are_not_offered() {
    let group = [network_created(), group_created(GROUP)];
    let third_partys = given(group.clone()).and(&stamp(), [private_app().into()]);
    third_partys.when(offer).refused("app_unknown");
    given(group.clone()).when(offer).refused("app_unknown");
    hub().and(&stamp(), [deleted()]).when(offer).refused("app_unknown");
    let own = AppCreated { organization_id: MAKER, ..own_app() };
    given(group).and(&stamp(), [own.into()]).when(offer).refused("app_unknown");
}

#[test]
fn rule_26_a_group_is_offered_a_hundred_apps_at_most() {
    let full = (0..100).flat_map(|number| {
        let app_id = AppId(Uuid::from_u128(0xA000 + number));
        [AppCreated { app_id, ..own_app() }.into(), offered_to(GROUP, app_id)]
    });
    let world = hub().and(&stamp(), full);
    world.clone().when(offer).refused("group_full");
    // A deleted one leaves its place.
    let gone = AppDeleted { app_id: AppId(Uuid::from_u128(0xA000)) };
    world.and(&stamp(), [gone.into()]).when(offer).then([offered_to(GROUP, APP)]);
}

#[test]
fn rule_10_a_private_app_that_serves_another_customer_is_not_offered() {
    let private = AppCreated { visibility: Visibility::Private, ..own_app() };
    let cast = || given([NORTH, RIVAL].map(tenant)).and(&stamp(), [private.clone().into(), listed(RIVAL)]);
    let group = [network_created(), group_created(GROUP)];
    let world = cast().and(&stamp(), group.clone()).and(&stamp(), [joined(GROUP, NORTH)]);
    world.when(offer).refused("several_customers");
    let world = cast().and(&stamp(), group).and(&stamp(), [offered_to(GROUP, APP)]);
    world.when(|world| add(world, NORTH)).refused("several_customers");
}

#[test]
fn rule_27_adding_a_tenant_offers_it_what_the_group_is_offered() {
    let second: AppId = AppId(Uuid::from_u128(0xAA));
    let other = AppCreated { app_id: second, ..own_app() };
    let world = hub().and(&stamp(), [other.into(), offered_to(GROUP, APP), offered_to(GROUP, second)]);
    let listed_too: Event = TenantAdded { app_id: second, tenant_id: tenant_id(NORTH) }.into();
    world.clone().when(|world| add(world, NORTH)).then([
        joined(GROUP, NORTH),
        listed(NORTH),
        listed_too.clone(),
    ]);
    let known = world.and(&stamp(), [listed(NORTH)]);
    known.clone().when(|world| add(world, NORTH)).then([joined(GROUP, NORTH), listed_too.clone()]);
    let without = known.and(&stamp(), [deleted()]);
    without.when(|world| add(world, NORTH)).then([joined(GROUP, NORTH), listed_too]);
}

#[test]
fn rule_27_removing_a_tenant_revokes_its_connections_through_the_group_at_once() {
    let (north, south) = (production(NORTH), production(SOUTH));
    let both = [connected_through(GROUP, &north, 1), connected_through(GROUP, &south, 1)];
    let world = offering()
        .and(&stamp(), both)
        .when(|world| remove(world, NORTH))
        .then([left(GROUP, NORTH), revoked_with_the_group(&north)]);
    assert!(world.connection(APP, south.tenant_id, &south.environment).connected().is_some());
    assert!(world.listing(APP, north.tenant_id).is_listed(), "what is listed stays listed");
}

#[test]
fn rule_27_removing_a_tenant_revokes_its_paused_connection_too() {
    let north = production(NORTH);
    offering()
        .and(&stamp(), [connected_through(GROUP, &north, 1), disabled(&north)])
        .when(|world| remove(world, NORTH))
        .then([left(GROUP, NORTH), revoked_with_the_group(&north)]);
}

#[test]
fn rule_27_removing_a_tenant_leaves_what_it_connected_otherwise() {
    let north = production(NORTH);
    for otherwise in [connected(&north, 1), connected_through(OTHER_GROUP, &north, 2)] {
        let world = offering().and(&stamp(), [otherwise]);
        let world = world.when(|world| remove(world, NORTH)).then([left(GROUP, NORTH)]);
        assert!(world.connection(APP, north.tenant_id, &north.environment).connected().is_some());
    }
}

#[test]
fn rule_11_a_tenant_that_leaves_its_group_ends_nothing_of_a_deleted_app() {
    let through = [joined(GROUP, NORTH), offered_to(GROUP, APP), listed(NORTH)];
    let world = hub()
        .and(&stamp(), through)
        .and(&stamp(), [connected_through(GROUP, &production(NORTH), 1), deleted()]);
    world.when(|world| remove(world, NORTH)).then([left(GROUP, NORTH)]);
}

#[test]
fn rule_27_a_tenant_that_is_not_in_the_group_is_not_removed() {
    hub().when(|world| remove(world, NORTH)).refused("tenant_not_in_group");
    let removed = offering().when(|world| remove(world, NORTH)).then([left(GROUP, NORTH)]);
    removed.when(|world| remove(world, NORTH)).refused("tenant_not_in_group");
}

#[test]
fn rule_27_a_group_that_a_tenant_left_offers_it_nothing() {
    let north = production(NORTH);
    assert!(offering().group(GROUP).offers(APP, &north).is_ok());
    let world = offering().and(&stamp(), [left(GROUP, NORTH)]);
    assert_eq!(world.group(GROUP).offers(APP, &north).unwrap_err().code(), "group_unknown");
}
