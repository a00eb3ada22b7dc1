use chancery_domain::{
    Actor, ActorKind, Decision, Instance, Stamp,
    connection::{self, Status},
};

use crate::{
    fixtures::{
        APP, CONTACTS, JOBS, NORTH, client_id, connected, deleted, disabled, disconnected, edited,
        hours_later, listed, made_public, private_app, production, restored, stamp, tenant, version,
        with_facts,
    },
    world::{World, given},
};

fn north() -> Instance {
    production(NORTH)
}

fn listed_app() -> World {
    given([tenant(NORTH), private_app().into(), listed(NORTH)])
}

fn connected_app() -> World {
    listed_app().and(&stamp(), [connected(&north(), 1)])
}

fn disable(world: &World) -> Decision {
    with_facts(world, &north(), |state, facts| connection::disable(north(), state, facts))
}

fn restore(world: &World) -> Decision {
    with_facts(world, &north(), |state, facts| connection::restore(north(), state, facts))
}

fn state_of(world: &World) -> connection::State {
    world.connection(APP, north().tenant_id, &north().environment)
}

#[test]
fn rule_23_disable_pauses_the_connection_and_its_grant_survives() {
    let before = connected_app();
    let grant = state_of(&before).connected().unwrap().clone();
    let world = before.when(disable).then([disabled(&north())]);
    let state = state_of(&world);
    assert_eq!((state.connected(), state.standing()), (None, Some(&grant)));
    assert_eq!(state.status(&world.app(APP), &world.listing(APP, north().tenant_id)), Status::Disabled);
}

#[test]
fn rule_23_who_disabled_it_and_when_is_recorded() {
    let somebody_else = Actor { kind: ActorKind::Person, id: "somebody-else".into() };
    let later = Stamp { at: hours_later(1), by: somebody_else };
    let state = state_of(&connected_app().and(&later, [disabled(&north())]));
    assert_eq!(state.updated(), Some(&later));
    assert!(matches!(state, connection::State::Disabled { disabled, .. } if disabled == later));
}

#[test]
fn rule_23_disabling_again_changes_nothing() {
    connected_app().when(disable).then([disabled(&north())]).when(disable).then_nothing();
}

#[test]
fn rule_23_restore_resumes_at_the_same_version_with_the_same_credential() {
    let edit = edited(2, &[JOBS, CONTACTS], &[CONTACTS], &[]);
    let world =
        connected_app().and(&stamp(), [disabled(&north()), edit]).when(restore).then([restored(&north())]);
    let state = state_of(&world);
    let grant = state.connected().unwrap();
    assert_eq!((grant.granted, &grant.client_id), (version(1), &client_id(1)));
}

#[test]
fn rule_23_restoring_what_is_not_disabled_changes_nothing() {
    connected_app().when(restore).then_nothing();
    let again = connected_app().and(&stamp(), [disabled(&north())]).when(restore).then([restored(&north())]);
    again.when(restore).then_nothing();
}

#[test]
fn rule_23_what_was_never_connected_is_neither_disabled_nor_restored() {
    listed_app().when(disable).refused("not_connected");
    listed_app().when(restore).refused("not_connected");
}

#[test]
fn rule_24_what_ended_is_neither_disabled_nor_restored() {
    for before in [connected_app(), connected_app().and(&stamp(), [disabled(&north())])] {
        let ended = before.and(&stamp(), [disconnected(&north())]);
        ended.clone().when(disable).refused("not_connected");
        ended.when(restore).refused("not_connected");
    }
}

#[test]
fn rule_13_an_app_that_the_tenant_does_not_see_is_neither_disabled_nor_restored() {
    let unlisted = given([tenant(NORTH), private_app().into()]);
    let absent = given([tenant(NORTH)]);
    for world in [unlisted, absent] {
        world.clone().when(disable).refused("app_unknown");
        world.when(restore).refused("app_unknown");
    }
}

#[test]
fn rule_11_a_deleted_app_is_neither_disabled_nor_restored() {
    let world = connected_app().and(&stamp(), [deleted()]);
    world.clone().when(disable).refused("app_unknown");
    world.when(restore).refused("app_unknown");
}

#[test]
fn rule_10_a_connection_that_stands_is_paused_and_resumed_also_while_new_ones_need_an_approval() {
    connected_app()
        .and(&stamp(), [made_public(), crate::fixtures::review_requested()])
        .when(disable)
        .then([disabled(&north())])
        .when(restore)
        .then([restored(&north())]);
}
