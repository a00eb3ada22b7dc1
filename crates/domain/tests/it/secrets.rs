use chancery_domain::{
    AppCreated, CredentialManagement, Decision, Instance, Overlap, SecretGenerated,
    credential::{self, Side},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    fixtures::{
        APP, MAKER, NORTH, OWNER, admins_app, client_id, connected, deleted, disabled, disconnected,
        first_secret, hours_later, listed, managed_by, new_secret, next_secret, now, private_app, production,
        secret_id, stamp, tenant,
    },
    world::{World, given},
};

pub const DEVELOPER: Side = Side::Developer(MAKER);

pub fn north() -> Instance {
    production(NORTH)
}

pub fn listed_app(app: AppCreated) -> World {
    given([tenant(NORTH), app.into(), listed(NORTH)])
}

pub fn connected_app(app: AppCreated) -> World {
    given([tenant(NORTH), app.into(), listed(NORTH), connected(&north(), 1)])
}

pub fn generate_at(world: &World, side: Side, number: u8, overlap: Overlap, now: Timestamp) -> Decision {
    let connection = world.connection(APP, north().tenant_id, &north().environment);
    let facts = credential::Facts {
        app: &world.app(APP),
        listing: &world.listing(APP, north().tenant_id),
        connection: &connection,
    };
    let command = credential::Generate { side, instance: north(), secret: new_secret(number), overlap, now };
    credential::generate(command, &world.credential(&client_id(1)), &facts)
}

pub fn generate(world: &World, side: Side, number: u8) -> Decision {
    generate_at(world, side, number, Overlap::default(), now())
}

pub fn live(world: &World, at: Timestamp) -> Vec<chancery_domain::SecretId> {
    world.credential(&client_id(1)).issued().unwrap().live_at(at).map(|secret| secret.secret_id).collect()
}

#[test]
fn rule_17_the_developer_generates_the_secret_once_the_connection_exists() {
    let world = connected_app(private_app())
        .when(|world| generate(world, DEVELOPER, 1))
        .then([first_secret(&north(), 1).into()]);
    let credential = world.credential(&client_id(1));
    let current = credential.issued().unwrap().current.as_ref().unwrap();
    assert_eq!((current.hint.as_str(), &current.created), ("abcd", &stamp()));
}

#[test]
fn rule_16_generating_a_secret_before_the_connection_is_refused() {
    listed_app(private_app()).when(|world| generate(world, DEVELOPER, 1)).refused("not_connected");
    listed_app(admins_app()).when(|world| generate(world, Side::TenantAdmin, 1)).refused("not_connected");
}

#[test]
fn rule_17_the_other_sides_attempt_is_refused() {
    connected_app(private_app())
        .when(|world| generate(world, Side::TenantAdmin, 1))
        .refused("credentials_managed_by_developer");
    connected_app(admins_app())
        .when(|world| generate(world, DEVELOPER, 1))
        .refused("credentials_managed_by_tenant_admin");
}

#[test]
fn rule_17_the_tenant_admin_generates_later_secrets_too() {
    let mut world = connected_app(admins_app());
    world.record(&first_secret(&north(), 1).into(), &stamp());
    world.when(|world| generate(world, Side::TenantAdmin, 2)).then([next_secret(
        &north(),
        2,
        hours_later(24),
    )
    .into()]);
}

#[test]
fn rule_17_a_foreign_organization_generates_nothing_and_learns_nothing() {
    let foreign = connected_app(private_app()).when(|world| generate(world, Side::Developer(OWNER), 1));
    let absent = given([]).when(|world| generate(world, DEVELOPER, 1));
    assert_eq!(foreign.refused("app_unknown"), absent.refused("app_unknown"));
}

#[test]
fn rule_13_a_tenant_that_does_not_see_the_app_generates_nothing() {
    given([tenant(NORTH), admins_app().into()])
        .when(|world| generate(world, Side::TenantAdmin, 1))
        .refused("app_unknown");
}

#[test]
fn rule_19_the_old_secret_retires_after_the_overlap() {
    let world = connected_app(private_app())
        .when(|world| generate(world, DEVELOPER, 1))
        .then([first_secret(&north(), 1).into()])
        .when(|world| generate(world, DEVELOPER, 2))
        .then([next_secret(&north(), 2, hours_later(24)).into()]);
    assert_eq!(live(&world, hours_later(23)), [secret_id(2), secret_id(1)]);
    assert_eq!(live(&world, hours_later(24)), [secret_id(2)]);
}

#[test]
fn rule_19_after_a_leak_the_old_secret_retires_at_once() {
    let mut world = connected_app(private_app());
    world.record(&first_secret(&north(), 1).into(), &stamp());
    let leaked = Overlap::new(SignedDuration::ZERO).unwrap();
    let world = world.when(|world| generate_at(world, DEVELOPER, 2, leaked, now())).then([next_secret(
        &north(),
        2,
        now(),
    )
    .into()]);
    assert_eq!(live(&world, now()), [secret_id(2)]);
}

#[test]
fn rule_19_a_third_secret_retires_the_oldest_at_once() {
    let mut world = connected_app(private_app());
    world.record(&first_secret(&north(), 1).into(), &stamp());
    world.record(&next_secret(&north(), 2, hours_later(24)).into(), &stamp());
    let third = SecretGenerated {
        retired_secret_id: Some(secret_id(1)),
        ..next_secret(&north(), 3, hours_later(25))
    };
    let world = world
        .when(|world| generate_at(world, DEVELOPER, 3, Overlap::default(), hours_later(1)))
        .then([third.into()]);
    assert_eq!(live(&world, hours_later(1)), [secret_id(3), secret_id(2)]);
}

#[test]
fn rule_19_a_secret_that_has_retired_is_not_retired_again() {
    let mut world = connected_app(private_app());
    world.record(&first_secret(&north(), 1).into(), &stamp());
    world.record(&next_secret(&north(), 2, hours_later(24)).into(), &stamp());
    world
        .when(|world| generate_at(world, DEVELOPER, 3, Overlap::default(), hours_later(24)))
        .then([next_secret(&north(), 3, hours_later(48)).into()]);
}

#[test]
fn rule_19_an_old_secrets_end_is_never_moved_later() {
    let month = Overlap::MAX;
    let mut world = connected_app(private_app());
    let mut ends: Vec<(u8, Timestamp)> = Vec::new();
    for number in 1..=6u8 {
        let at = hours_later(i64::from(number) * 5);
        let overlap = if number % 2 == 0 { month } else { Overlap::default() };
        let events = generate_at(&world, DEVELOPER, number, overlap, at).unwrap();
        for event in &events {
            world.record(event, &stamp());
        }
        let state = world.credential(&client_id(1));
        for (old, end) in &ends {
            let later =
                state.issued().unwrap().live_at(*end).any(|secret| secret.secret_id == secret_id(*old));
            assert!(!later, "secret {old} lives beyond its end");
        }
        let previous = state.issued().unwrap().previous.clone();
        ends.extend(previous.map(|previous| (number - 1, previous.retires_at)));
        assert!(state.issued().unwrap().live_at(at).count() <= 2);
    }
}

#[test]
fn rule_18_one_credential_serves_the_connection_whatever_number_of_secrets() {
    let world = connected_app(private_app())
        .when(|world| generate(world, DEVELOPER, 1))
        .then([first_secret(&north(), 1).into()])
        .when(|world| generate(world, DEVELOPER, 2))
        .then([next_secret(&north(), 2, hours_later(24)).into()]);
    let connection = world.connection(APP, north().tenant_id, &north().environment);
    let credential = world.credential(&client_id(1));
    assert_eq!(credential.issued().unwrap().client_id, connection.connected().unwrap().client_id);
}

#[test]
fn rule_23_a_paused_connections_secret_is_replaced_too() {
    connected_app(private_app())
        .and(&stamp(), [first_secret(&north(), 1).into(), disabled(&north())])
        .when(|world| generate(world, DEVELOPER, 2))
        .then([next_secret(&north(), 2, hours_later(24)).into()]);
    connected_app(admins_app())
        .and(&stamp(), [disabled(&north())])
        .when(|world| generate(world, Side::TenantAdmin, 1))
        .then([first_secret(&north(), 1).into()]);
}

#[test]
fn rule_24_what_ended_has_no_secrets_to_generate() {
    let world = connected_app(private_app()).and(&stamp(), [disconnected(&north())]);
    world.when(|world| generate(world, DEVELOPER, 1)).refused("not_connected");
    let world = connected_app(admins_app()).and(&stamp(), [disconnected(&north())]);
    world.when(|world| generate(world, Side::TenantAdmin, 1)).refused("not_connected");
}

#[test]
fn rule_11_a_deleted_app_has_no_secrets_to_generate() {
    let world = connected_app(private_app()).and(&stamp(), [deleted()]);
    world.when(|world| generate(world, DEVELOPER, 1)).refused("app_unknown");
    let world = connected_app(admins_app()).and(&stamp(), [deleted()]);
    world.when(|world| generate(world, Side::TenantAdmin, 1)).refused("app_unknown");
}

#[test]
fn rule_17_after_a_switch_of_the_mode_the_other_side_generates_and_nothing_else_moves() {
    let switched = managed_by(CredentialManagement::TenantAdmin);
    let before = connected_app(private_app()).and(&stamp(), [first_secret(&north(), 1).into()]);
    let connection = before.connection(APP, north().tenant_id, &north().environment);
    let world = before.and(&stamp(), [switched]);
    assert_eq!(world.connection(APP, north().tenant_id, &north().environment), connection);
    assert_eq!(live(&world, now()), [secret_id(1)]);
    world.clone().when(|world| generate(world, DEVELOPER, 2)).refused("credentials_managed_by_tenant_admin");
    world.when(|world| generate(world, Side::TenantAdmin, 2)).then([next_secret(
        &north(),
        2,
        hours_later(24),
    )
    .into()]);
}
