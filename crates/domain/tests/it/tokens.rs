use chancery_domain::{
    ApiTokenIssued, ApiTokenRevoked, Decision, Environment, Instance, PersonId, Role, Sha256, TokenId, token,
};
use uuid::Uuid;

use crate::{
    fixtures::{
        LAB, MAKER, NORTH, SOUTH, hours_later, name, now, production, stamp, tenant, tenant_id, third_party,
    },
    world::{World, given},
};

const TOKEN: TokenId = TokenId(Uuid::from_u128(0x70));

fn of(role: Role) -> token::Issue {
    token::Issue {
        token_id: TOKEN,
        role,
        name: name("For the tests"),
        sha256: Sha256([7; 32]),
        organization_id: None,
        tenants: Vec::new(),
        subject_id: None,
        expires_at: None,
    }
}

fn developer() -> token::Issue {
    token::Issue { organization_id: Some(MAKER), ..of(Role::Developer) }
}

fn admin(tenants: Vec<Instance>) -> token::Issue {
    token::Issue { tenants, ..of(Role::TenantAdmin) }
}

fn issued(command: token::Issue) -> chancery_domain::Event {
    let token::Issue { token_id, role, name, sha256, organization_id, tenants, subject_id, expires_at } =
        command;
    ApiTokenIssued { token_id, role, name, sha256, organization_id, tenants, subject_id, expires_at }.into()
}

fn issue(world: &World, command: token::Issue) -> Decision {
    let tenants: Vec<_> = command
        .tenants
        .iter()
        .map(|instance| (instance.tenant_id, world.tenant(instance.tenant_id)))
        .collect();
    let organization = world.organization(command.organization_id.unwrap_or(MAKER));
    let facts = token::IssueFacts { organization: &organization, tenants: &tenants, now: now() };
    token::issue(command, &world.token(TOKEN), &facts)
}

fn ready() -> World {
    given([third_party(), tenant(NORTH), tenant(LAB)])
}

#[test]
fn a_developers_token_is_issued_for_an_organization_that_is_registered() {
    ready().when(|world| issue(world, developer())).then([issued(developer())]);
    ready().when(|world| issue(world, of(Role::Developer))).refused("token_organization_missing");
    given([]).when(|world| issue(world, developer())).refused("organization_unknown");
}

#[test]
fn rule_14_a_tenant_admins_token_is_issued_for_instances_that_exist() {
    let command = || admin(vec![production(NORTH)]);
    ready().when(|world| issue(world, command())).then([issued(command())]);
    ready().when(|world| issue(world, admin(vec![]))).refused("token_tenants_missing");
    ready().when(|world| issue(world, admin(vec![production(SOUTH)]))).refused("tenant_unknown");
    ready().when(|world| issue(world, admin(vec![production(LAB)]))).refused("environment_unknown");
}

#[test]
fn a_tenant_admins_instances_are_kept_sorted_and_each_once() {
    let test = Instance { tenant_id: tenant_id(NORTH), environment: Environment::integration() };
    let command = admin(vec![production(NORTH), test.clone(), production(NORTH)]);
    ready().when(|world| issue(world, command)).then([issued(admin(vec![test, production(NORTH)]))]);
}

#[test]
fn a_tenant_admins_token_names_at_most_a_thousand_instances() {
    let many = (1..=1001).map(production).collect();
    ready().when(|world| issue(world, admin(many))).refused("too_many_tenants");
}

#[test]
fn every_other_role_acts_for_no_organization_and_no_tenant() {
    use Role::{Auditor, Consumer, Gateway, Operator, Platform, Reviewer};
    for role in [Reviewer, Platform, Gateway, Consumer, Auditor, Operator] {
        ready().when(|world| issue(world, of(role))).then([issued(of(role))]);
        let command = token::Issue { organization_id: Some(MAKER), ..of(role) };
        ready().when(|world| issue(world, command)).refused("token_organization_unexpected");
        let command = token::Issue { tenants: vec![production(NORTH)], ..of(role) };
        ready().when(|world| issue(world, command)).refused("token_tenants_unexpected");
    }
}

#[test]
fn a_token_names_the_person_whom_it_acts_for() {
    let command = || token::Issue { subject_id: Some(PersonId::parse("p-1").unwrap()), ..developer() };
    let world = ready().when(|world| issue(world, command())).then([issued(command())]);
    let state = world.token(TOKEN);
    let token = state.live_at(now()).unwrap();
    assert_eq!(token.subject_id.as_ref().unwrap().as_str(), "p-1");
    assert_eq!(token.issued, stamp());
}

#[test]
fn a_token_expires_in_the_future() {
    let command = |hours| token::Issue { expires_at: Some(hours_later(hours)), ..developer() };
    ready().when(|world| issue(world, command(0))).refused("token_expiry_past");
    let world = ready().when(|world| issue(world, command(1))).then([issued(command(1))]);
    assert!(world.token(TOKEN).live_at(now()).is_some());
    assert!(world.token(TOKEN).live_at(hours_later(1)).is_none());
}

#[test]
fn an_id_names_one_token() {
    ready()
        .when(|world| issue(world, developer()))
        .then([issued(developer())])
        .when(|world| issue(world, developer()))
        .refused("token_exists");
}

#[test]
fn a_revoked_token_is_dead_and_revoking_it_again_changes_nothing() {
    let revoke = |world: &World| token::revoke(TOKEN, &world.token(TOKEN));
    let world = given([issued(developer())])
        .when(revoke)
        .then([ApiTokenRevoked { token_id: TOKEN }.into()])
        .when(revoke)
        .then_nothing();
    assert!(world.token(TOKEN).live_at(now()).is_none());
    given([]).when(revoke).refused("token_unknown");
}
