use chancery_domain::{
    Day, Decision, Environment, Instance, OrganizationId, StreamName, TunnelingBlocked, tunneling,
};

use crate::{
    fixtures::{LAB, MAKER, NORTH, OWNER, SOUTH, hours_later, integration, now, production},
    world::{World, given},
};

fn attempt(organization_id: OrganizationId, instance: Instance, day: Day) -> tunneling::Attempt {
    tunneling::Attempt { organization_id, instance, day }
}

fn today() -> tunneling::Attempt {
    attempt(MAKER, production(NORTH), Day::of(now()))
}

fn blocked(attempt: tunneling::Attempt) -> TunnelingBlocked {
    let tunneling::Attempt { organization_id, instance: Instance { tenant_id, environment }, day } = attempt;
    TunnelingBlocked { organization_id, tenant_id, environment, day }
}

fn record(world: &World, attempt: tunneling::Attempt) -> Decision {
    let Instance { tenant_id, environment } = attempt.instance.clone();
    let stream = StreamName::Tunneling(attempt.organization_id, tenant_id, environment, attempt.day);
    tunneling::record(attempt, &world.attempt(&stream))
}

#[test]
fn rule_02_the_first_attempt_of_the_day_is_recorded() {
    let world = given([]).when(|world| record(world, today())).then([blocked(today()).into()]);
    world.when(|world| record(world, today())).then_nothing();
}

#[test]
fn rule_02_attempts_are_recorded_by_organization_tenant_environment_and_day() {
    let day = Day::of(now());
    for other in [
        attempt(OWNER, production(NORTH), day),
        attempt(MAKER, production(SOUTH), day),
        attempt(MAKER, integration(NORTH), day),
        attempt(MAKER, production(NORTH), Day::of(hours_later(24))),
    ] {
        given([blocked(today()).into()])
            .when(|world| record(world, other.clone()))
            .then([blocked(other.clone()).into()]);
    }
}

#[test]
fn rule_02_the_own_tenant_in_an_environment_where_it_does_not_exist_is_recorded_like_any_other() {
    let staging = Instance { environment: Environment::parse("staging").unwrap(), ..integration(LAB) };
    let staging = attempt(MAKER, staging, Day::of(now()));
    given([]).when(|world| record(world, staging.clone())).then([blocked(staging.clone()).into()]);
}
