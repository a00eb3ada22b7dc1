use chancery_domain::{
    CredentialManagement, Decision, Overlap, SecretId, Stamp,
    credential::{self, Side},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    fixtures::{
        APP, NORTH, OWNER, admins_app, client_id, deleted, disabled, disconnected, first_secret, hours_later,
        managed_by, next_secret, now, private_app, secret_id, secret_revoked, stamp, tenant,
    },
    secrets::{DEVELOPER, connected_app, generate, generate_at, listed_app, live, north},
    world::{World, given},
};

/// Revokes the secret of this number.
pub fn revoke_at(world: &World, side: Side, number: u8, now: Timestamp) -> Decision {
    let facts = credential::Facts {
        app: &world.app(APP),
        listing: &world.listing(APP, north().tenant_id),
        connection: &world.connection(APP, north().tenant_id, &north().environment),
    };
    let command = credential::Revoke { side, instance: north(), secret_id: secret_id(number), now };
    credential::revoke(command, &world.credential(&client_id(1)), &facts)
}

fn revoke(world: &World, side: Side, number: u8) -> Decision {
    revoke_at(world, side, number, now())
}

/// Connected, with one secret.
fn with_secret() -> World {
    connected_app(private_app()).and(&stamp(), [first_secret(&north(), 1).into()])
}

/// Connected; the second secret lives, the first retires in a day.
fn with_two_secrets() -> World {
    with_secret().and(&stamp(), [next_secret(&north(), 2, hours_later(24)).into()])
}

fn ended(world: &World, number: u8, now: Timestamp) -> Option<Timestamp> {
    world.credential(&client_id(1)).issued().unwrap().ended_at(secret_id(number), now)
}

#[test]
fn rule_19_a_secret_is_revoked_at_once_and_may_leave_none() {
    let world = with_secret().when(|world| revoke(world, DEVELOPER, 1)).then([secret_revoked(
        &north(),
        secret_id(1),
    )
    .into()]);
    assert_eq!(live(&world, now()), [] as [SecretId; 0]);
    assert_eq!(ended(&world, 1, now()), Some(now()));
}

#[test]
fn rule_19_either_of_two_secrets_is_revoked_and_the_other_goes_on() {
    for (revoked, left) in [(1, 2), (2, 1)] {
        let world = with_two_secrets()
            .when(|world| revoke(world, DEVELOPER, revoked))
            .then([secret_revoked(&north(), secret_id(revoked)).into()]);
        assert_eq!(live(&world, now()), [secret_id(left)]);
    }
    let left = with_two_secrets().and(&stamp(), [secret_revoked(&north(), secret_id(2)).into()]);
    assert_eq!(live(&left, hours_later(24)), [] as [SecretId; 0], "the one that retires still does");
}

#[test]
fn rule_19_what_opens_nothing_any_more_is_not_revoked_again() {
    with_secret()
        .when(|world| revoke(world, DEVELOPER, 1))
        .then([secret_revoked(&north(), secret_id(1)).into()])
        .when(|world| revoke(world, DEVELOPER, 1))
        .then_nothing();
    let retired = hours_later(24);
    let world = with_two_secrets();
    assert_eq!((ended(&world, 1, now()), ended(&world, 1, retired)), (None, Some(retired)));
    world.when(|world| revoke_at(world, DEVELOPER, 1, retired)).then_nothing();
}

#[test]
fn rule_19_a_secret_that_made_room_is_known_to_have_ended_then() {
    let later = Stamp { at: hours_later(1), ..stamp() };
    let world = with_two_secrets();
    let third = generate_at(&world, DEVELOPER, 3, Overlap::default(), later.at).unwrap();
    let world = world.and(&later, third);
    assert_eq!(ended(&world, 1, later.at), Some(later.at));
    world.when(|world| revoke_at(world, DEVELOPER, 1, later.at)).then_nothing();
}

#[test]
fn rule_19_a_secret_that_never_was_is_unknown() {
    with_secret().when(|world| revoke(world, DEVELOPER, 7)).refused("secret_unknown");
    connected_app(private_app()).when(|world| revoke(world, DEVELOPER, 1)).refused("secret_unknown");
}

#[test]
fn rule_17_secrets_are_revoked_by_the_side_that_manages_them() {
    with_secret()
        .when(|world| revoke(world, Side::TenantAdmin, 1))
        .refused("credentials_managed_by_developer");
    let world = connected_app(admins_app()).and(&stamp(), [first_secret(&north(), 1).into()]);
    world.clone().when(|world| revoke(world, DEVELOPER, 1)).refused("credentials_managed_by_tenant_admin");
    world
        .when(|world| revoke(world, Side::TenantAdmin, 1))
        .then([secret_revoked(&north(), secret_id(1)).into()]);
    with_secret()
        .and(&stamp(), [managed_by(CredentialManagement::TenantAdmin)])
        .when(|world| revoke(world, Side::TenantAdmin, 1))
        .then([secret_revoked(&north(), secret_id(1)).into()]);
}

#[test]
fn rule_17_a_foreign_organization_revokes_nothing_and_learns_nothing() {
    let foreign = with_secret().when(|world| revoke(world, Side::Developer(OWNER), 1));
    let absent = given([]).when(|world| revoke(world, DEVELOPER, 1));
    assert_eq!(foreign.refused("app_unknown"), absent.refused("app_unknown"));
}

#[test]
fn rule_13_a_tenant_that_does_not_see_the_app_revokes_nothing() {
    let world = given([tenant(NORTH), admins_app().into()]);
    world.when(|world| revoke(world, Side::TenantAdmin, 1)).refused("app_unknown");
}

#[test]
fn rule_11_a_deleted_app_has_no_secrets_to_revoke() {
    with_secret().and(&stamp(), [deleted()]).when(|world| revoke(world, DEVELOPER, 1)).refused("app_unknown");
}

#[test]
fn rule_23_a_paused_connections_leak_is_closed() {
    with_secret()
        .and(&stamp(), [disabled(&north())])
        .when(|world| revoke(world, DEVELOPER, 1))
        .then([secret_revoked(&north(), secret_id(1)).into()]);
}

#[test]
fn rule_16_what_is_not_connected_has_no_secrets_to_revoke() {
    listed_app(private_app()).when(|world| revoke(world, DEVELOPER, 1)).refused("not_connected");
    let ended = with_secret().and(&stamp(), [disconnected(&north())]);
    ended.when(|world| revoke(world, DEVELOPER, 1)).refused("not_connected");
}

#[test]
fn rule_19_after_a_revocation_the_next_secret_stands_alone() {
    with_secret()
        .and(&stamp(), [secret_revoked(&north(), secret_id(1)).into()])
        .when(|world| generate(world, DEVELOPER, 2))
        .then([first_secret(&north(), 2).into()]);
}

#[test]
fn rule_19_after_a_revocation_the_one_that_retires_keeps_its_end_or_ends_sooner() {
    let world = with_two_secrets().and(&stamp(), [secret_revoked(&north(), secret_id(2)).into()]);
    for (overlap, end) in [(Overlap::MAX, 24), (Overlap::new(SignedDuration::from_hours(2)).unwrap(), 2)] {
        let third = chancery_domain::SecretGenerated {
            previous_secret_id: Some(secret_id(1)),
            previous_retires_at: Some(hours_later(end)),
            ..first_secret(&north(), 3)
        };
        let world =
            world.clone().when(|world| generate_at(world, DEVELOPER, 3, overlap, now())).then([third.into()]);
        assert_eq!(live(&world, now()), [secret_id(3), secret_id(1)]);
        assert_eq!(live(&world, hours_later(end)), [secret_id(3)]);
    }
}
