use chancery_domain::{
    AccessApproved, AccessRejected, AccessRequestId, AccessRequested, Decision, Environment, Event, PersonId,
    TenantRegistered, access, tenant,
};
use uuid::Uuid;

use crate::{
    fixtures::{LAB, MAKER, NORTH, name, reason, stamp, tenant as registered, tenant_id, third_party},
    world::{World, given},
};

const REQUEST: AccessRequestId = AccessRequestId(Uuid::from_u128(0xD));

fn requester() -> PersonId {
    PersonId::parse("a-stranger").unwrap()
}

fn requested() -> Event {
    AccessRequested { request_id: REQUEST, requester_id: requester(), company: name("Fieldworks") }.into()
}

fn approved() -> Event {
    AccessApproved {
        request_id: REQUEST,
        organization_id: MAKER,
        tenant_id: tenant_id(LAB),
        reason: reason("Known from the fair."),
    }
    .into()
}

fn rejected() -> Event {
    AccessRejected { request_id: REQUEST, reason: reason("No such company.") }.into()
}

/// The instance that an approval registers.
fn lab() -> Event {
    TenantRegistered {
        tenant_id: tenant_id(LAB),
        name: name("Fieldworks' lab"),
        customer_id: MAKER.into(),
        environments: vec![Environment::integration()],
    }
    .into()
}

fn request(world: &World) -> Decision {
    let command =
        access::Request { request_id: REQUEST, requester_id: requester(), company: name("Fieldworks") };
    access::request(command, &world.request(REQUEST))
}

fn decide(world: &World, command: access::Decide) -> Decision {
    let tenant = match &command.tenant {
        Some(tenant) => world.tenant(tenant.tenant_id),
        None => tenant::State::default(),
    };
    let facts = access::DecideFacts { organization: &world.organization(MAKER), tenant: &tenant };
    access::decide(command, &world.request(REQUEST), &facts)
}

fn approval() -> access::Decide {
    access::Decide {
        verdict: access::Verdict::Approve { organization_id: MAKER },
        reason: reason("Known from the fair."),
        tenant: Some(access::Tenant { tenant_id: tenant_id(LAB), name: name("Fieldworks' lab") }),
    }
}

fn rejection() -> access::Decide {
    access::Decide { verdict: access::Verdict::Reject, reason: reason("No such company."), tenant: None }
}

#[test]
fn rule_01_a_stranger_requests_access_for_a_company() {
    let world = given([]).when(request).then([requested()]);
    let state = world.request(REQUEST);
    let (requested, outcome) = state.requested().unwrap();
    assert_eq!((&requested.company, &requested.requested), (&name("Fieldworks"), &stamp()));
    assert_eq!(outcome, None);
}

#[test]
fn rule_01_a_requests_id_names_one_request() {
    given([requested()]).when(request).refused("access_request_exists");
    given([requested(), rejected()]).when(request).refused("access_request_exists");
}

#[test]
fn rule_01_an_approval_registers_the_third_party_and_its_integration_instance() {
    let world =
        given([requested()]).when(|world| decide(world, approval())).then([approved(), third_party(), lab()]);
    let organization = world.organization(MAKER);
    let instance = organization.registered().unwrap().integration_instance().unwrap();
    let tenant = world.tenant(instance.tenant_id);
    assert!(tenant.exists_in(&instance.environment));
    assert_eq!(tenant.registered().unwrap().customer_id, organization.registered().unwrap().customer_id);
}

#[test]
fn rule_01_an_approval_needs_no_reason() {
    let silent = access::Decide { reason: reason(""), ..approval() };
    let decision = decide(&given([requested()]), silent);
    assert_eq!(decision.unwrap().len(), 3);
}

#[test]
fn rule_01_an_approval_names_the_integration_instance() {
    let nowhere = access::Decide { tenant: None, ..approval() };
    given([requested()]).when(|world| decide(world, nowhere)).refused("tenant_missing");
}

#[test]
fn rule_01_an_approval_takes_no_tenant_that_is_somebody_elses() {
    let tenant = access::Tenant { tenant_id: tenant_id(NORTH), name: name("A tenant") };
    let taken = access::Decide { tenant: Some(tenant), ..approval() };
    given([requested(), registered(NORTH)]).when(|world| decide(world, taken)).refused("tenant_exists");
}

#[test]
fn rule_01_an_approval_takes_no_organization_that_is_registered() {
    given([requested(), third_party()])
        .when(|world| decide(world, approval()))
        .refused("organization_exists");
}

#[test]
fn rule_01_a_rejection_says_why() {
    given([requested()]).when(|world| decide(world, rejection())).then([rejected()]);
    let silent = access::Decide { reason: reason(" "), ..rejection() };
    given([requested()]).when(|world| decide(world, silent)).refused("reason_missing");
}

#[test]
fn rule_01_a_rejection_names_no_tenant() {
    let generous = access::Decide { tenant: approval().tenant, ..rejection() };
    given([requested()]).when(|world| decide(world, generous)).refused("tenant_unexpected");
}

#[test]
fn rule_01_a_request_is_decided_once() {
    for decided in [approved(), rejected()] {
        for again in [approval(), rejection()] {
            given([requested(), decided.clone()])
                .when(|world| decide(world, again))
                .refused("access_request_decided");
        }
    }
}

#[test]
fn rule_01_a_request_that_was_not_sent_is_not_decided() {
    given([]).when(|world| decide(world, approval())).refused("access_request_unknown");
    given([]).when(|world| decide(world, rejection())).refused("access_request_unknown");
}

#[test]
fn rule_01_a_decided_request_says_how_it_ended_and_who_decided() {
    for (event, expected) in [
        (
            approved(),
            access::Outcome::Approved {
                organization_id: MAKER,
                tenant_id: tenant_id(LAB),
                reason: reason("Known from the fair."),
                decided: stamp(),
            },
        ),
        (rejected(), access::Outcome::Rejected { reason: reason("No such company."), decided: stamp() }),
    ] {
        let state = given([requested(), event]).request(REQUEST);
        assert_eq!(state.requested().unwrap().1, Some(&expected));
    }
}
