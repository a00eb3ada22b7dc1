use chancery_domain::{
    AccessTokenId, Decision, Instance, TokenRevoked,
    credential::{self, Holder},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    fixtures::{APP, client_id, first_secret, hours_later, now, private_app, stamp},
    secrets::{connected_app, north},
    world::{World, given},
};

/// An access token of the first credential of `instance` was revoked.
pub fn token_revoked(instance: &Instance, number: u128, expires_at: Timestamp) -> TokenRevoked {
    TokenRevoked {
        client_id: client_id(1),
        app_id: APP,
        tenant_id: Some(instance.tenant_id),
        environment: instance.environment.clone(),
        token_id: AccessTokenId(Uuid::from_u128(number)),
        expires_at,
        group_id: None,
    }
}

fn revoke(world: &World, number: u128, expires_at: Timestamp) -> Decision {
    let command = credential::RevokeToken {
        token_id: AccessTokenId(Uuid::from_u128(number)),
        expires_at,
        holder: Holder::Tenant(north().tenant_id),
        environment: north().environment,
        now: now(),
    };
    credential::revoke_token(command, &world.credential(&client_id(1)))
}

fn with_secret() -> World {
    connected_app(private_app()).and(&stamp(), [first_secret(&north(), 1).into()])
}

#[test]
fn an_access_token_is_revoked_once() {
    let once = with_secret().when(|world| revoke(world, 1, hours_later(1))).then([token_revoked(
        &north(),
        1,
        hours_later(1),
    )
    .into()]);
    once.when(|world| revoke(world, 1, hours_later(1))).then_nothing();
}

#[test]
fn an_access_token_that_has_ended_is_not_revoked() {
    with_secret().when(|world| revoke(world, 1, now())).then_nothing();
}

#[test]
fn no_access_token_is_revoked_of_a_client_that_is_not_there() {
    given([]).when(|world| revoke(world, 1, hours_later(1))).refused("secret_unknown");
}

#[test]
fn a_credential_has_a_thousand_revoked_access_tokens_at_most_and_forgets_those_that_have_ended() {
    let revoked = |end| (1..=1_000).map(move |number| token_revoked(&north(), number, end).into());
    let full = with_secret().and(&stamp(), revoked(hours_later(1)));
    full.when(|world| revoke(world, 2_000, hours_later(1))).refused("too_many_revoked_tokens");
    let ended = with_secret().and(&stamp(), revoked(now()));
    ended.when(|world| revoke(world, 2_000, hours_later(1))).then([token_revoked(
        &north(),
        2_000,
        hours_later(1),
    )
    .into()]);
}
