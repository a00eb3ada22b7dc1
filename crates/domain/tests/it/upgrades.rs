use chancery_domain::{Decision, Instance, Refusal, connection};

use crate::{
    fixtures::{
        APP, CONTACTS, JOBS, JOBS_EDIT, NORTH, client_id, connected, deleted, disabled, disconnected, edited,
        listed, private_app, production, scopes, stamp, tenant, upgrade_declined, upgraded, version,
        with_facts,
    },
    world::{World, given},
};

fn north() -> Instance {
    production(NORTH)
}

/// Connected at version 1, and two edits since.
fn behind() -> World {
    given([
        tenant(NORTH),
        private_app().into(),
        listed(NORTH),
        connected(&north(), 1),
        edited(2, &[JOBS, CONTACTS], &[CONTACTS], &[]),
        edited(3, &[CONTACTS], &[], &[JOBS]),
    ])
}

fn upgrade(world: &World, number: u64) -> Decision {
    with_facts(world, &north(), |state, facts| {
        let command = connection::Upgrade { instance: north(), version: version(number) };
        connection::upgrade(command, state, facts)
    })
}

fn decline(world: &World, number: u64) -> Decision {
    with_facts(world, &north(), |state, facts| {
        let command = connection::Upgrade { instance: north(), version: version(number) };
        connection::decline_upgrade(command, state, facts)
    })
}

fn connection_of(world: &World) -> connection::Grant {
    world.connection(APP, north().tenant_id, &north().environment).connected().unwrap().clone()
}

#[test]
fn rule_21_an_edit_does_not_move_a_grant() {
    let world = behind();
    let granted = connection_of(&world).granted;
    assert_eq!(granted, version(1));
    let state = world.app(APP);
    assert_eq!(state.live().unwrap().history.scopes_at(granted), Some(scopes(&[JOBS])));
}

#[test]
fn rule_22_an_upgrade_moves_the_grant_to_the_latest_version_over_all_edits() {
    let world = behind().when(|world| upgrade(world, 3)).then([upgraded(&north(), 1, 3)]);
    assert_eq!(connection_of(&world).granted, version(3));
    assert_eq!(connection_of(&world).client_id, client_id(1), "no new credential is needed");
}

#[test]
fn rule_22_an_upgrade_to_the_granted_version_changes_nothing() {
    behind()
        .when(|world| upgrade(world, 3))
        .then([upgraded(&north(), 1, 3)])
        .when(|world| upgrade(world, 3))
        .then_nothing();
}

#[test]
fn rule_22_a_decision_names_the_latest_version() {
    for named in [1, 2, 4] {
        let refusal = behind().when(|world| upgrade(world, named)).refused("version_stale");
        assert_eq!(refusal, Refusal::VersionStale { latest: version(3) });
        behind().when(|world| decline(world, named)).refused("version_stale");
    }
}

#[test]
fn rule_22_a_decline_keeps_the_granted_version_and_silences_that_offer() {
    let world = behind()
        .when(|world| decline(world, 3))
        .then([upgrade_declined(&north(), 1, 3)])
        .when(|world| decline(world, 3))
        .then_nothing();
    let connection = connection_of(&world);
    assert_eq!(connection.granted, version(1));
    assert_eq!(connection.declined.unwrap().version, version(3));
}

#[test]
fn rule_22_the_next_version_asks_again() {
    let mut world = behind().when(|world| decline(world, 3)).then([upgrade_declined(&north(), 1, 3)]);
    world.record(&edited(4, &[CONTACTS, JOBS_EDIT], &[JOBS_EDIT], &[]), &stamp());
    world.clone().when(|world| decline(world, 4)).then([upgrade_declined(&north(), 1, 4)]);
    world.when(|world| upgrade(world, 4)).then([upgraded(&north(), 1, 4)]);
}

#[test]
fn rule_22_a_declined_offer_can_still_be_accepted() {
    let world = behind()
        .when(|world| decline(world, 3))
        .then([upgrade_declined(&north(), 1, 3)])
        .when(|world| upgrade(world, 3))
        .then([upgraded(&north(), 1, 3)]);
    // It stays known as the last decline (rule 25), beside a grant that has moved past it.
    let connection = connection_of(&world);
    assert_eq!(connection.declined.map(|declined| declined.version), Some(connection.granted));
}

#[test]
fn rule_22_nothing_is_declined_where_nothing_is_offered() {
    behind()
        .when(|world| upgrade(world, 3))
        .then([upgraded(&north(), 1, 3)])
        .when(|world| decline(world, 3))
        .refused("upgrade_not_offered");
}

#[test]
fn rule_16_what_is_not_connected_is_not_upgraded() {
    let world = given([tenant(NORTH), private_app().into(), listed(NORTH)]);
    world.clone().when(|world| upgrade(world, 1)).refused("not_connected");
    world.when(|world| decline(world, 1)).refused("not_connected");
}

#[test]
fn rule_13_an_app_that_the_tenant_does_not_see_offers_no_upgrade() {
    given([tenant(NORTH), private_app().into()]).when(|world| upgrade(world, 1)).refused("app_unknown");
    given([tenant(NORTH)]).when(|world| decline(world, 1)).refused("app_unknown");
}

#[test]
fn rule_23_a_paused_connection_is_restored_before_it_is_upgraded() {
    let world = behind().and(&stamp(), [disabled(&north())]);
    for named in [1, 3] {
        world.clone().when(|world| upgrade(world, named)).refused("connection_disabled");
        world.clone().when(|world| decline(world, named)).refused("connection_disabled");
    }
}

#[test]
fn rule_24_what_ended_is_not_upgraded() {
    let world = behind().and(&stamp(), [disconnected(&north())]);
    world.clone().when(|world| upgrade(world, 3)).refused("not_connected");
    world.when(|world| decline(world, 3)).refused("not_connected");
}

#[test]
fn rule_11_a_deleted_app_offers_no_upgrade() {
    behind().and(&stamp(), [deleted()]).when(|world| upgrade(world, 3)).refused("app_unknown");
}
