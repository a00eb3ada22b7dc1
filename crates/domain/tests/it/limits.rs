use chancery_domain::{
    Decision, Event, Instance, Limited, Period, RateLimit, RateLimitOverridden, ReportId, StreamName, limit,
};

use crate::{
    fixtures::{APP, NORTH, SOUTH, deleted, integration, production, public_app, tenant},
    world::{World, given},
};

fn report() -> Limited {
    Limited::Report(ReportId::parse("77").unwrap())
}

fn limit_of(calls: u64, per: Period) -> RateLimit {
    RateLimit::new(calls, per).unwrap()
}

fn overridden(limited: Limited, instance: Instance, limit: Option<RateLimit>) -> Event {
    let Instance { tenant_id, environment } = instance;
    RateLimitOverridden { limited, tenant_id, environment, limit }.into()
}

/// An app and a tenant.
fn there() -> [Event; 2] {
    [public_app().into(), tenant(NORTH)]
}

fn set(world: &World, limited: Limited, instance: Instance, limit: Option<RateLimit>) -> Decision {
    let Instance { tenant_id, environment } = instance.clone();
    let app = limited.app().map(|app_id| world.app(app_id));
    let tenant = world.tenant(tenant_id);
    let state = world.limit(&StreamName::Limit(limited.clone(), tenant_id, environment));
    let facts = limit::Facts { app: app.as_ref(), tenant: &tenant };
    limit::set(limit::Set { limited, instance, limit }, &state, &facts)
}

#[test]
fn rule_29_the_usual_limits_are_60_calls_a_second_and_5_of_a_report_a_minute() {
    assert_eq!(Some(Limited::App(APP).usual()), Some(limit_of(60, Period::Second)));
    assert_eq!(Some(report().usual()), Some(limit_of(5, Period::Minute)));
}

#[test]
fn rule_29_an_apps_limit_at_one_tenant_is_overridden_before_it_is_even_connected() {
    let limit = Some(limit_of(120, Period::Second));
    given(there()).when(|world| set(world, Limited::App(APP), production(NORTH), limit)).then([overridden(
        Limited::App(APP),
        production(NORTH),
        limit,
    )]);
}

#[test]
fn rule_29_a_reports_limit_at_one_tenant_is_overridden_whatever_apps_there_are() {
    let limit = Some(limit_of(20, Period::Minute));
    given([tenant(NORTH)]).when(|world| set(world, report(), production(NORTH), limit)).then([overridden(
        report(),
        production(NORTH),
        limit,
    )]);
}

#[test]
fn rule_29_setting_the_limit_that_holds_changes_nothing() {
    let limit = Some(limit_of(120, Period::Second));
    let world = given(there());
    let world = world
        .when(|world| set(world, Limited::App(APP), production(NORTH), None))
        .then_nothing()
        .when(|world| set(world, Limited::App(APP), production(NORTH), limit))
        .then([overridden(Limited::App(APP), production(NORTH), limit)]);
    world
        .when(|world| set(world, Limited::App(APP), production(NORTH), limit))
        .then_nothing()
        .when(|world| set(world, Limited::App(APP), production(NORTH), None))
        .then([overridden(Limited::App(APP), production(NORTH), None)])
        .when(|world| set(world, Limited::App(APP), production(NORTH), None))
        .then_nothing();
}

#[test]
fn rule_29_the_same_number_per_another_period_is_another_limit() {
    let (second, minute) = (Some(limit_of(60, Period::Second)), Some(limit_of(60, Period::Minute)));
    given(there())
        .when(|world| set(world, Limited::App(APP), production(NORTH), second))
        .then([overridden(Limited::App(APP), production(NORTH), second)])
        .when(|world| set(world, Limited::App(APP), production(NORTH), minute))
        .then([overridden(Limited::App(APP), production(NORTH), minute)]);
}

#[test]
fn rule_29_only_an_app_and_a_tenant_that_are_there_are_limited() {
    let limit = Some(limit_of(120, Period::Second));
    given([tenant(NORTH)])
        .when(|world| set(world, Limited::App(APP), production(NORTH), limit))
        .refused("app_unknown");
    given([public_app().into(), deleted(), tenant(NORTH)])
        .when(|world| set(world, Limited::App(APP), production(NORTH), limit))
        .refused("app_unknown");
    for limited in [Limited::App(APP), report()] {
        given(there())
            .when(|world| set(world, limited.clone(), production(SOUTH), limit))
            .refused("instance_absent");
        let staging = chancery_domain::Environment::parse("staging").unwrap();
        let elsewhere = Instance { environment: staging.clone(), ..integration(NORTH) };
        given(there())
            .when(|world| set(world, limited.clone(), elsewhere.clone(), limit))
            .refused("instance_absent");
    }
}

#[test]
fn rule_29_a_limit_is_1_to_100_000_calls_per_second_or_minute() {
    for calls in [1, 60, 100_000] {
        assert_eq!(u64::from(RateLimit::new(calls, Period::Second).unwrap().calls()), calls);
    }
    for calls in [0, 100_001, 1 << 32, u64::MAX] {
        assert_eq!(RateLimit::new(calls, Period::Minute).unwrap_err().code(), "rate_limit_calls_invalid");
    }
    for period in [Period::Second, Period::Minute] {
        assert_eq!(period.to_string().parse(), Ok(period));
        assert_eq!(Period::of_seconds(period.seconds()), Some(period));
    }
    for text in ["", "PT0S", "PT60S", "PT1H", "P1D", "pt1s", "PT1S "] {
        assert_eq!(text.parse::<Period>().unwrap_err().code(), "rate_limit_per_invalid", "{text}");
    }
}

#[test]
fn rule_29_a_report_is_named_as_it_stands_in_a_path() {
    for text in ["77", "a-b_c.d~e", &"9".repeat(100)] {
        assert_eq!(ReportId::parse(text).unwrap().as_str(), text);
    }
    for text in ["", "a b", "a/b", "a%20b", "a:b", "a;b", "\u{e9}", &"9".repeat(101)] {
        assert_eq!(ReportId::parse(text).unwrap_err().code(), "report_id_invalid", "{text}");
    }
}
