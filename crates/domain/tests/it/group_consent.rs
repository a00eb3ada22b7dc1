use chancery_domain::{AppCreated, Decision, Environment, GroupId, Instance, SecretGenerated, connection};

use crate::{
    fixtures::{
        APP, CONTACTS, GROUP, JOBS, NORTH, OTHER_GROUP, SOUTH, client_id, connected, connected_through,
        declined, disabled, disconnected, edited, first_secret, first_shared_secret, group_created,
        integration, joined, left, listed, managed_by, network_created, new_secret, offered_to, own_app,
        own_app_of_admins, production, reconnected, revoked_with_the_listing, stamp, tenant, unlisted,
        version, with_consent_facts,
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

/// Allows version 1; `fresh` is the number of the client id and the secret that may be minted.
fn allow(world: &World, instance: Instance, group: Option<GroupId>, fresh: u8) -> Decision {
    with_consent_facts(world, &instance.clone(), group, |state, facts| {
        let (client_id, secret) = (client_id(fresh), new_secret(fresh));
        connection::allow(
            connection::Allow { instance, version: version(1), client_id, secret },
            state,
            facts,
        )
    })
}

fn through(world: &World, instance: Instance, fresh: u8) -> Decision {
    allow(world, instance, Some(GROUP), fresh)
}

#[test]
fn rule_26_the_first_consent_mints_the_credential_that_the_next_shares() {
    let world = offering(own_app())
        .when(|world| through(world, north(), 1))
        .then([connected_through(GROUP, &north(), 1)])
        .when(|world| through(world, south(), 2))
        .then([connected_through(GROUP, &south(), 1)]);
    let [one, other] =
        [north(), south()].map(|instance| world.connection(APP, instance.tenant_id, &instance.environment));
    let (one, other) = (one.connected().unwrap(), other.connected().unwrap());
    assert_eq!(one.client_id, other.client_id);
    assert_ne!(one.connection_id, other.connection_id, "each member keeps its own connection");
    assert_eq!((one.group_id, other.group_id), (Some(GROUP), Some(GROUP)));
}

#[test]
fn rule_26_in_mode_tenant_admin_the_first_consent_issues_the_secret_and_the_next_none() {
    let world = offering(own_app_of_admins())
        .when(|world| through(world, north(), 1))
        .then([connected_through(GROUP, &north(), 1), first_shared_secret(1).into()])
        .when(|world| through(world, south(), 2))
        .then([connected_through(GROUP, &south(), 1)]);
    let credential = world.credential(&client_id(1));
    assert_eq!(credential.issued().unwrap().live_at(stamp().at).count(), 1);
}

#[test]
fn rule_26_a_paused_member_still_shares_its_credential() {
    offering(own_app_of_admins())
        .and(&stamp(), [connected_through(GROUP, &north(), 1), disabled(&north())])
        .when(|world| through(world, south(), 2))
        .then([connected_through(GROUP, &south(), 1)]);
}

#[test]
fn rule_26_when_one_member_disconnects_the_others_go_on_and_it_can_come_back() {
    let both = [connected_through(GROUP, &north(), 1), connected_through(GROUP, &south(), 1)];
    let world = offering(own_app()).and(&stamp(), both).and(&stamp(), [disconnected(&north())]);
    assert!(world.connection(APP, south().tenant_id, &south().environment).connected().is_some());
    world.when(|world| through(world, north(), 2)).then([connected_through(GROUP, &north(), 1)]);
}

#[test]
fn rule_24_after_the_last_members_end_the_next_consent_mints_anew() {
    let ended = [connected_through(GROUP, &north(), 1), disconnected(&north())];
    let world = offering(own_app_of_admins()).and(&stamp(), ended);
    let secret = SecretGenerated { client_id: client_id(2), ..first_shared_secret(2) };
    world
        .when(|world| through(world, south(), 2))
        .then([connected_through(GROUP, &south(), 2), secret.into()]);
}

#[test]
fn rule_26_what_a_member_connected_otherwise_is_not_shared() {
    let other = [group_created(OTHER_GROUP), joined(OTHER_GROUP, NORTH), offered_to(OTHER_GROUP, APP)];
    for otherwise in [connected(&north(), 1), connected_through(OTHER_GROUP, &north(), 1)] {
        let world = offering(own_app()).and(&stamp(), other.clone()).and(&stamp(), [otherwise]);
        world.when(|world| through(world, south(), 2)).then([connected_through(GROUP, &south(), 2)]);
    }
}

#[test]
fn rule_26_a_member_may_also_consent_by_itself() {
    let world = offering(own_app_of_admins()).and(&stamp(), [connected_through(GROUP, &north(), 1)]);
    let secret = SecretGenerated { client_id: client_id(2), ..first_secret(&south(), 2) };
    world.when(|world| allow(world, south(), None, 2)).then([reconnected(&south(), 1, 2), secret.into()]);
}

#[test]
fn rule_26_a_group_that_does_not_offer_the_app_to_this_instance_is_refused_like_an_absent_one() {
    let stranger = [group_created(OTHER_GROUP), joined(OTHER_GROUP, SOUTH), offered_to(OTHER_GROUP, APP)];
    let not_offered = [group_created(OTHER_GROUP), joined(OTHER_GROUP, NORTH)];
    let absent = offering(own_app()).when(|world| allow(world, north(), Some(OTHER_GROUP), 1));
    let refusal = absent.refused("group_unknown");
    for events in [stranger.to_vec(), not_offered.to_vec()] {
        let world = offering(own_app()).and(&stamp(), events);
        let outcome = world.when(|world| allow(world, north(), Some(OTHER_GROUP), 1));
        assert_eq!(outcome.refused("group_unknown"), refusal);
    }
    let elsewhere = offering(own_app()).when(|world| through(world, integration(NORTH), 1));
    assert_eq!(elsewhere.refused("group_unknown"), refusal);
    let gone = offering(own_app()).and(&stamp(), [left(GROUP, NORTH)]);
    assert_eq!(gone.when(|world| through(world, north(), 1)).refused("group_unknown"), refusal);
}

#[test]
fn rule_26_a_tenant_that_is_connected_otherwise_is_not_connected_through_the_group() {
    let alone = offering(own_app()).and(&stamp(), [connected(&north(), 1)]);
    alone.when(|world| through(world, north(), 2)).refused("already_connected");
    let other = [
        group_created(OTHER_GROUP),
        joined(OTHER_GROUP, NORTH),
        offered_to(OTHER_GROUP, APP),
        connected_through(OTHER_GROUP, &north(), 1),
    ];
    let other = offering(own_app()).and(&stamp(), other);
    other.when(|world| through(world, north(), 2)).refused("already_connected");
    let member = offering(own_app()).and(&stamp(), [connected_through(GROUP, &north(), 1)]);
    member.when(|world| allow(world, north(), None, 2)).refused("already_connected");
}

#[test]
fn rule_26_allowing_again_through_the_same_group_changes_nothing() {
    offering(own_app_of_admins())
        .and(&stamp(), [connected_through(GROUP, &north(), 1)])
        .when(|world| through(world, north(), 2))
        .then_nothing();
}

#[test]
fn rule_26_a_members_paused_connection_is_restored_not_allowed_again() {
    offering(own_app())
        .and(&stamp(), [connected_through(GROUP, &north(), 1), disabled(&north())])
        .when(|world| through(world, north(), 2))
        .refused("connection_disabled");
}

#[test]
fn rule_26_each_tenants_admin_decides_for_itself() {
    let world = offering(own_app())
        .when(|world| {
            with_consent_facts(world, &north(), Some(GROUP), |state, facts| {
                let command = connection::Decline { instance: north(), version: version(1) };
                connection::decline(command, state, facts)
            })
        })
        .then([declined(&north(), 1)]);
    world.when(|world| through(world, south(), 1)).then([connected_through(GROUP, &south(), 1)]);
}

#[test]
fn rule_13_a_member_for_whom_the_app_is_no_longer_listed_does_not_see_it() {
    let removed =
        [connected_through(GROUP, &north(), 1), unlisted(NORTH), revoked_with_the_listing(&north())];
    let world = offering(own_app()).and(&stamp(), removed);
    world.when(|world| through(world, north(), 2)).refused("app_unknown");
}

#[test]
fn rule_15_a_member_decides_on_the_latest_version() {
    let edit = edited(2, &[JOBS, CONTACTS], &[CONTACTS], &[]);
    let world = offering(own_app()).and(&stamp(), [connected_through(GROUP, &north(), 1), edit]);
    world.when(|world| through(world, south(), 2)).refused("version_stale");
}

#[test]
fn rule_17_after_a_switch_of_mode_a_later_member_shares_what_there_is() {
    let switched = managed_by(chancery_domain::CredentialManagement::TenantAdmin);
    let world = offering(own_app()).and(&stamp(), [connected_through(GROUP, &north(), 1), switched]);
    world.when(|world| through(world, south(), 2)).then([connected_through(GROUP, &south(), 1)]);
}

#[test]
fn rule_26_a_group_is_in_one_environment() {
    let state = offering(own_app()).group(GROUP);
    assert_eq!(state.created().unwrap().environment, Environment::production());
}
