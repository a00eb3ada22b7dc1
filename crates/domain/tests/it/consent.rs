use chancery_domain::{AppCreated, AppVersion, Decision, Instance, Refusal, SecretGenerated, connection};

use crate::{
    fixtures::{
        APP, CONTACTS, JOBS, LAB, NORTH, SOUTH, admins_app, approved, client_id, connected, declined,
        disabled, disconnected, edited, first_secret, integration, listed, new_secret, private_app,
        production, public_app, reconnected, stamp, tenant, version, with_consent_facts,
    },
    world::{World, given},
};

fn allow(world: &World, instance: Instance, number: u64) -> Decision {
    with_consent_facts(world, &instance.clone(), None, |state, facts| {
        let (client_id, secret) = (client_id(1), new_secret(1));
        connection::allow(
            connection::Allow { instance, version: version(number), client_id, secret },
            state,
            facts,
        )
    })
}

fn decline(world: &World, instance: Instance, number: u64) -> Decision {
    with_consent_facts(world, &instance.clone(), None, |state, facts| {
        connection::decline(connection::Decline { instance, version: version(number) }, state, facts)
    })
}

fn offered(app: AppCreated) -> World {
    given([tenant(LAB), tenant(NORTH), tenant(SOUTH), app.into(), listed(LAB), listed(NORTH)])
}

fn north() -> Instance {
    production(NORTH)
}

#[test]
fn rule_15_allow_connects_at_the_latest_version_and_mints_the_client_id() {
    let world = offered(private_app()).when(|world| allow(world, north(), 1)).then([connected(&north(), 1)]);
    let state = world.connection(APP, north().tenant_id, &north().environment);
    let connection = state.connected().unwrap();
    assert_eq!((connection.granted, &connection.client_id), (AppVersion::FIRST, &client_id(1)));
    assert_eq!(connection.connected, stamp());
}

#[test]
fn rule_15_each_environment_is_a_connection_of_its_own() {
    let world = offered(private_app()).when(|world| allow(world, north(), 1)).then([connected(&north(), 1)]);
    let test = integration(NORTH);
    assert_eq!(world.connection(APP, test.tenant_id, &test.environment), connection::State::default());
    world.when(|world| allow(world, test.clone(), 1)).then([connected(&test, 1)]);
}

#[test]
fn rule_15_a_decision_on_a_version_that_is_not_the_latest_is_refused_with_the_latest() {
    let mut world = offered(private_app());
    world.record(&edited(2, &[JOBS, CONTACTS], &[CONTACTS], &[]), &stamp());
    for seen in [1, 3] {
        let refusal = world.clone().when(|world| allow(world, north(), seen)).refused("version_stale");
        assert_eq!(refusal, Refusal::VersionStale { latest: version(2) });
        world.clone().when(|world| decline(world, north(), seen)).refused("version_stale");
    }
}

#[test]
fn rule_15_a_decline_is_recorded_and_can_be_followed_by_an_allow() {
    let world = offered(private_app()).when(|world| decline(world, north(), 1)).then([declined(&north(), 1)]);
    let state = world.connection(APP, north().tenant_id, &north().environment);
    let expected = connection::Declined { version: version(1), decided: stamp() };
    assert_eq!(state, connection::State::NotConnected { declined: Some(expected) });
    world.when(|world| allow(world, north(), 1)).then([connected(&north(), 1)]);
}

#[test]
fn rule_15_declining_the_same_version_again_changes_nothing_and_the_next_is_declined_anew() {
    let mut world = offered(private_app())
        .when(|world| decline(world, north(), 1))
        .then([declined(&north(), 1)])
        .when(|world| decline(world, north(), 1))
        .then_nothing();
    world.record(&edited(2, &[CONTACTS], &[CONTACTS], &[JOBS]), &stamp());
    world.when(|world| decline(world, north(), 2)).then([declined(&north(), 2)]);
}

#[test]
fn rule_15_allowing_what_is_granted_changes_nothing() {
    offered(admins_app())
        .when(|world| allow(world, north(), 1))
        .then([connected(&north(), 1), first_secret(&north(), 1).into()])
        .when(|world| allow(world, north(), 1))
        .then_nothing();
}

#[test]
fn rule_15_a_connection_is_upgraded_not_allowed_again_and_not_declined() {
    let mut world = offered(private_app());
    world.record(&connected(&north(), 1), &stamp());
    world.clone().when(|world| decline(world, north(), 1)).refused("already_connected");
    world.record(&edited(2, &[CONTACTS], &[CONTACTS], &[JOBS]), &stamp());
    world.when(|world| allow(world, north(), 2)).refused("already_connected");
}

#[test]
fn rule_15_a_tenant_decides_only_in_an_environment_where_it_exists() {
    offered(private_app()).when(|world| allow(world, production(LAB), 1)).refused("environment_unknown");
    offered(private_app()).when(|world| decline(world, production(LAB), 1)).refused("environment_unknown");
}

#[test]
fn rule_13_an_app_that_the_tenant_does_not_see_cannot_be_decided_about() {
    let unlisted = offered(private_app()).when(|world| allow(world, production(SOUTH), 1));
    let pending = offered(public_app()).when(|world| allow(world, north(), 1));
    let absent = given([tenant(NORTH)]).when(|world| decline(world, north(), 1));
    let refusals = [unlisted, pending, absent].map(|outcome| outcome.refused("app_unknown"));
    assert!(refusals.iter().all(|refusal| *refusal == refusals[0]));
}

#[test]
fn rule_13_the_own_integration_instance_connects_before_the_approval() {
    let lab = integration(LAB);
    offered(public_app()).when(|world| allow(world, lab.clone(), 1)).then([connected(&lab, 1)]);
}

#[test]
fn rule_12_tenants_connect_after_the_approval() {
    let mut world = offered(public_app());
    world.record(&approved(), &stamp());
    world.when(|world| allow(world, north(), 1)).then([connected(&north(), 1)]);
}

#[test]
fn rule_17_allow_also_issues_the_secret_where_the_admin_manages_credentials() {
    let world = offered(admins_app())
        .when(|world| allow(world, north(), 1))
        .then([connected(&north(), 1), first_secret(&north(), 1).into()]);
    let credential = world.credential(&client_id(1));
    assert_eq!(credential.issued().unwrap().current.as_ref().unwrap().created, stamp());
}

#[test]
fn rule_23_a_paused_connection_is_restored_not_allowed_again_and_not_declined() {
    let world = offered(private_app()).and(&stamp(), [connected(&north(), 1), disabled(&north())]);
    world.clone().when(|world| allow(world, north(), 1)).refused("connection_disabled");
    world.when(|world| decline(world, north(), 1)).refused("connection_disabled");
}

#[test]
fn rule_24_a_new_consent_after_the_end_mints_a_new_client_id() {
    let ended = [connected(&north(), 1), disconnected(&north())];
    let world = offered(admins_app()).and(&stamp(), ended);
    let events = with_consent_facts(&world, &north(), None, |state, facts| {
        let (client_id, secret) = (client_id(2), new_secret(2));
        connection::allow(
            connection::Allow { instance: north(), version: version(1), client_id, secret },
            state,
            facts,
        )
    });
    let secret = SecretGenerated { client_id: client_id(2), ..first_secret(&north(), 2) };
    let again = reconnected(&north(), 1, 2);
    let world = world.when(|_| events).then([again, secret.into()]);
    let state = world.connection(APP, north().tenant_id, &north().environment);
    assert_eq!(state.connected().unwrap().client_id, client_id(2));
}

#[test]
fn rule_15_what_ended_can_be_declined_and_keeps_its_last_decline() {
    let before = [declined(&north(), 1), connected(&north(), 1), disconnected(&north())];
    let world = offered(private_app()).and(&stamp(), before);
    let state = world.connection(APP, north().tenant_id, &north().environment);
    assert_eq!(state.declined().unwrap().version, version(1));
    let world = world.when(|world| decline(world, north(), 1)).then([declined(&north(), 1)]);
    let state = world.connection(APP, north().tenant_id, &north().environment);
    assert!(matches!(state, connection::State::NotConnected { declined: Some(_) }), "{state:?}");
    world.when(|world| decline(world, north(), 1)).then_nothing();
}
