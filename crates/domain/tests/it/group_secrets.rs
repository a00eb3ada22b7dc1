use chancery_domain::{
    AppCreated, Decision, Instance, NetworkId, OrganizationId, Overlap, SecretGenerated,
    credential::{self, Side},
};

use crate::{
    fixtures::{
        APP, GROUP, MAKER, NETWORK, NORTH, OWNER, SOUTH, client_id, connected, connected_through, disabled,
        disconnected, first_shared_secret, group_created, hours_later, joined, listed, members_connections,
        network_created, new_secret, now, offered_to, own_app, own_app_of_admins, private_app, production,
        secret_id, shared_secret_revoked, stamp, tenant,
    },
    world::{World, given},
};

fn north() -> Instance {
    production(NORTH)
}

fn south() -> Instance {
    production(SOUTH)
}

/// NORTH and SOUTH are in the group, which is offered the app.
fn offering(app: AppCreated) -> World {
    given([NORTH, SOUTH].map(tenant)).and(
        &stamp(),
        [
            app.into(),
            network_created(),
            group_created(GROUP),
            joined(GROUP, NORTH),
            joined(GROUP, SOUTH),
            offered_to(GROUP, APP),
            listed(NORTH),
            listed(SOUTH),
        ],
    )
}

/// Both members consented.
fn shared(app: AppCreated) -> World {
    let both = [connected_through(GROUP, &north(), 1), connected_through(GROUP, &south(), 1)];
    offering(app).and(&stamp(), both)
}

fn for_group_as(
    world: &World,
    organization_id: OrganizationId,
    network_id: NetworkId,
    number: u8,
) -> Decision {
    let facts = credential::SharedFacts {
        app: &world.app(APP),
        group: &world.group(GROUP),
        members: &members_connections(world, GROUP),
    };
    let (secret, overlap) = (new_secret(number), Overlap::default());
    let command = credential::GenerateShared { organization_id, network_id, secret, overlap, now: now() };
    credential::generate_shared(command, &world.credential(&client_id(1)), &facts)
}

fn for_group(world: &World, number: u8) -> Decision {
    for_group_as(world, OWNER, NETWORK, number)
}

fn for_member(world: &World, side: Side, instance: Instance, number: u8) -> Decision {
    let facts = credential::Facts {
        app: &world.app(APP),
        listing: &world.listing(APP, instance.tenant_id),
        connection: &world.connection(APP, instance.tenant_id, &instance.environment),
    };
    let (secret, overlap) = (new_secret(number), Overlap::default());
    let command = credential::Generate { side, instance, secret, overlap, now: now() };
    credential::generate(command, &world.credential(&client_id(1)), &facts)
}

fn revoke_for(world: &World, side: Side, instance: Instance, number: u8) -> Decision {
    let facts = credential::Facts {
        app: &world.app(APP),
        listing: &world.listing(APP, instance.tenant_id),
        connection: &world.connection(APP, instance.tenant_id, &instance.environment),
    };
    let command = credential::Revoke { side, instance, secret_id: secret_id(number), now: now() };
    credential::revoke(command, &world.credential(&client_id(1)), &facts)
}

fn second() -> SecretGenerated {
    SecretGenerated {
        previous_secret_id: Some(secret_id(1)),
        previous_retires_at: Some(hours_later(24)),
        ..first_shared_secret(2)
    }
}

#[test]
fn rule_26_the_developer_generates_the_secret_that_the_members_share() {
    shared(own_app())
        .when(|world| for_group(world, 1))
        .then([first_shared_secret(1).into()])
        .when(|world| for_group(world, 2))
        .then([second().into()]);
}

#[test]
fn rule_26_one_member_that_stands_is_enough_also_a_paused_one() {
    let one = [connected_through(GROUP, &north(), 1), disabled(&north())];
    let world = offering(own_app()).and(&stamp(), one);
    world.when(|world| for_group(world, 1)).then([first_shared_secret(1).into()]);
}

#[test]
fn rule_16_before_a_member_consented_there_is_no_secret_to_generate() {
    offering(own_app()).when(|world| for_group(world, 1)).refused("not_connected");
    let alone = offering(own_app()).and(&stamp(), [connected(&north(), 1)]);
    alone.when(|world| for_group(world, 1)).refused("not_connected");
    let ended = [connected_through(GROUP, &north(), 1), disconnected(&north())];
    offering(own_app()).and(&stamp(), ended).when(|world| for_group(world, 1)).refused("not_connected");
}

#[test]
fn rule_17_the_developer_generates_no_shared_secret_where_admins_manage_them() {
    shared(own_app_of_admins())
        .when(|world| for_group(world, 1))
        .refused("credentials_managed_by_tenant_admin");
}

#[test]
fn rule_26_a_foreign_or_absent_group_has_no_secrets() {
    let foreign = shared(own_app()).when(|world| for_group_as(world, MAKER, NETWORK, 1));
    let absent = given([own_app().into()]).when(|world| for_group(world, 1));
    assert_eq!(foreign.refused("group_unknown"), absent.refused("group_unknown"));
    let elsewhere = NetworkId(GROUP.0);
    shared(own_app()).when(|world| for_group_as(world, OWNER, elsewhere, 1)).refused("group_unknown");
}

#[test]
fn rule_26_an_app_that_the_group_is_not_offered_has_no_secrets_there() {
    let group = [network_created(), group_created(GROUP), joined(GROUP, NORTH)];
    let own = given(group.clone()).and(&stamp(), [own_app().into()]);
    own.when(|world| for_group(world, 1)).refused("app_unknown");
    let foreign = given(group).and(&stamp(), [private_app().into(), offered_to(GROUP, APP)]);
    foreign.when(|world| for_group(world, 1)).refused("app_unknown");
}

#[test]
fn rule_26_a_members_admin_generates_the_shared_secret_where_admins_manage_them() {
    shared(own_app_of_admins())
        .when(|world| for_member(world, Side::TenantAdmin, north(), 1))
        .then([first_shared_secret(1).into()])
        .when(|world| for_member(world, Side::TenantAdmin, south(), 2))
        .then([second().into()]);
}

#[test]
fn rule_26_the_developer_may_name_a_member_too() {
    shared(own_app())
        .when(|world| for_member(world, Side::Developer(OWNER), south(), 1))
        .then([first_shared_secret(1).into()]);
}

#[test]
fn rule_26_a_shared_secret_is_revoked_for_all_members_by_whom_any_of_them_lets() {
    let world = shared(own_app_of_admins()).and(&stamp(), [first_shared_secret(1).into()]);
    let world = world
        .when(|world| revoke_for(world, Side::TenantAdmin, south(), 1))
        .then([shared_secret_revoked(1).into()]);
    world.when(|world| revoke_for(world, Side::TenantAdmin, north(), 1)).then_nothing();
    shared(own_app())
        .and(&stamp(), [first_shared_secret(1).into()])
        .when(|world| revoke_for(world, Side::Developer(OWNER), north(), 1))
        .then([shared_secret_revoked(1).into()]);
}

#[test]
fn rule_24_a_member_that_disconnected_has_no_hand_in_the_shared_secrets() {
    let world =
        shared(own_app_of_admins()).and(&stamp(), [first_shared_secret(1).into(), disconnected(&north())]);
    world.clone().when(|world| for_member(world, Side::TenantAdmin, north(), 2)).refused("not_connected");
    world.clone().when(|world| revoke_for(world, Side::TenantAdmin, north(), 1)).refused("not_connected");
    world.when(|world| for_member(world, Side::TenantAdmin, south(), 2)).then([second().into()]);
}
