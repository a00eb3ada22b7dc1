use chancery_domain::{
    Actor, ActorKind, Decision, Instance, RevocationCause, Stamp,
    connection::{self, Status},
};

use crate::{
    fixtures::{
        APP, NORTH, client_id, connected, declined, deleted, disabled, disconnected, first_secret,
        hours_later, integration, listed, private_app, production, reconnected, revoked_with_the_listing,
        stamp, tenant, unlisted, with_facts,
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

fn disconnect(world: &World) -> Decision {
    with_facts(world, &north(), |state, facts| connection::disconnect(north(), state, facts))
}

fn state_of(world: &World) -> connection::State {
    world.connection(APP, north().tenant_id, &north().environment)
}

fn status(world: &World) -> Status {
    state_of(world).status(&world.app(APP), &world.listing(APP, north().tenant_id))
}

fn at(hour: i64) -> Stamp {
    Stamp { at: hours_later(hour), by: Actor { kind: ActorKind::Person, id: "somebody-else".into() } }
}

#[test]
fn rule_24_the_tenant_disconnects() {
    let world = connected_app().when(disconnect).then([disconnected(&north())]);
    let state = state_of(&world);
    assert_eq!((state.connected(), state.standing()), (None, None));
    assert_eq!(status(&world), Status::Revoked);
}

#[test]
fn rule_24_a_paused_connection_is_disconnected_too() {
    let world = connected_app().and(&stamp(), [disabled(&north())]);
    let world = world.when(disconnect).then([disconnected(&north())]);
    assert_eq!(status(&world), Status::Revoked);
}

#[test]
fn rule_25_who_ended_it_when_and_why_is_recorded() {
    let state = state_of(&connected_app().and(&at(1), [disconnected(&north())]));
    assert_eq!(state.updated(), Some(&at(1)));
    let connection::State::Revoked { grant, cause, revoked } = state else { panic!("{state:?}") };
    assert_eq!((cause, revoked), (RevocationCause::Disconnected, at(1)));
    assert_eq!((&grant.client_id, &grant.connected), (&client_id(1), &stamp()));
}

#[test]
fn rule_24_what_was_never_connected_or_ended_already_is_not_disconnected() {
    listed_app().when(disconnect).refused("not_connected");
    listed_app().and(&stamp(), [declined(&north(), 1)]).when(disconnect).refused("not_connected");
    connected_app().and(&stamp(), [disconnected(&north())]).when(disconnect).refused("not_connected");
}

#[test]
fn rule_13_an_app_that_the_tenant_does_not_see_is_not_disconnected() {
    given([tenant(NORTH), private_app().into()]).when(disconnect).refused("app_unknown");
    given([tenant(NORTH)]).when(disconnect).refused("app_unknown");
    let removed = [unlisted(NORTH), revoked_with_the_listing(&north())];
    connected_app().and(&stamp(), removed).when(disconnect).refused("app_unknown");
}

#[test]
fn rule_11_the_connections_of_a_deleted_app_have_ended_without_an_event() {
    let world = connected_app().and(&stamp(), [deleted()]);
    assert_eq!(status(&world), Status::Revoked);
    world.when(disconnect).refused("app_unknown");
    let paused = connected_app().and(&stamp(), [disabled(&north()), deleted()]);
    assert_eq!(status(&paused), Status::Revoked);
    assert_eq!(status(&listed_app().and(&stamp(), [deleted()])), Status::NotConnected);
}

#[test]
fn rule_24_a_connection_ends_in_its_environment_alone() {
    let test = integration(NORTH);
    let world = connected_app().and(&stamp(), [connected(&test, 1)]);
    let world = world.when(disconnect).then([disconnected(&north())]);
    assert!(world.connection(APP, test.tenant_id, &test.environment).connected().is_some());
}

#[test]
fn rule_24_only_what_stands_can_end() {
    let end = |world: &World| {
        connection::end(&state_of(world), APP, north(), RevocationCause::TenantRemoved).map(Into::into)
    };
    assert_eq!(end(&connected_app()), Some(revoked_with_the_listing(&north())));
    let paused = connected_app().and(&stamp(), [disabled(&north())]);
    assert_eq!(end(&paused), Some(revoked_with_the_listing(&north())));
    assert_eq!(end(&listed_app()), None);
    assert_eq!(end(&paused.and(&stamp(), [disconnected(&north())])), None);
}

#[test]
fn rule_24_listed_again_it_starts_at_not_connected() {
    let removed = [unlisted(NORTH), revoked_with_the_listing(&north())];
    let world = connected_app().and(&stamp(), removed);
    assert_eq!(status(&world), Status::Revoked);
    assert_eq!(status(&world.and(&stamp(), [listed(NORTH)])), Status::NotConnected);
}

#[test]
fn rule_24_listed_again_it_starts_at_not_connected_also_where_it_ended_before() {
    let world = connected_app().and(&at(1), [disconnected(&north())]);
    assert_eq!(status(&world), Status::Revoked);
    let world = world.and(&at(2), [unlisted(NORTH)]);
    assert_eq!(status(&world), Status::Revoked);
    assert_eq!(status(&world.and(&at(3), [listed(NORTH)])), Status::NotConnected);
}

#[test]
fn rule_24_what_a_command_ends_reads_as_ended_before_it_is_recorded() {
    let unrecorded = Stamp { at: Stamp::UNRECORDED, ..at(0) };
    let world = connected_app().and(&unrecorded, [disconnected(&north())]);
    assert_eq!(status(&world), Status::Revoked);
    let world = connected_app().and(&at(1), [disconnected(&north()), unlisted(NORTH)]);
    assert_eq!(status(&world.and(&unrecorded, [listed(NORTH)])), Status::NotConnected);
}

#[test]
fn rule_24_a_new_connection_has_a_credential_of_its_own() {
    let first = [first_secret(&north(), 1).into(), disconnected(&north()), reconnected(&north(), 1, 2)];
    let world = connected_app().and(&stamp(), first);
    let state = state_of(&world);
    let grant = state.connected().unwrap();
    assert_eq!(grant.client_id, client_id(2));
    assert_eq!(world.credential(&grant.client_id).issued(), None);
    assert_eq!(status(&world), Status::Connected);
}
