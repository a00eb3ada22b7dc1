//! What no sequence of commands about an app can bring about, read from the events that it left.

use std::collections::HashSet;

use chancery_domain::{
    AppCreated, CredentialManagement, CustomerId, Decision, Event, OrganizationId, Visibility, app, listing,
};
use proptest::prelude::*;

use crate::{
    fixtures::{
        APP, LAB, MAKER, NORTH, OWNER, RIVAL, SOUTH, customers_organization, integration, name, private_app,
        public_app, reason, stamp, tenant, tenant_id, third_party, with_candidates,
    },
    world::{World, given},
};

/// One command about [`APP`], by its owner or by a reviewer.
#[derive(Debug, Clone)]
enum Step {
    Edit { name: Option<&'static str>, visibility: Option<Visibility>, mode: Option<CredentialManagement> },
    Add(Vec<u64>),
    Remove(u64),
    Approve,
    Reject,
    Resubmit,
    Delete,
}

fn step() -> impl Strategy<Value = Step> {
    let tenants = || proptest::sample::select(vec![LAB, NORTH, SOUTH, RIVAL]);
    let visibility = proptest::sample::select(vec![Visibility::Public, Visibility::Private]);
    let mode =
        proptest::sample::select(vec![CredentialManagement::Developer, CredentialManagement::TenantAdmin]);
    prop_oneof![
        8 => (
            proptest::option::of(proptest::sample::select(vec!["Router", "Dispatch Helper"])),
            proptest::option::weighted(0.8, visibility),
            proptest::option::of(mode),
        )
            .prop_map(|(name, visibility, mode)| Step::Edit { name, visibility, mode }),
        6 => prop::collection::vec(tenants(), 1..4).prop_map(Step::Add),
        6 => tenants().prop_map(Step::Remove),
        2 => Just(Step::Approve),
        3 => Just(Step::Reject),
        3 => Just(Step::Resubmit),
        1 => Just(Step::Delete),
    ]
}

/// The start of a history: the cast and one app, of a third party or of a customer.
fn start() -> impl Strategy<Value = AppCreated> {
    proptest::sample::select(vec![
        public_app(),
        private_app(),
        AppCreated { organization_id: OWNER, review_required: false, ..public_app() },
        AppCreated { organization_id: OWNER, ..private_app() },
    ])
}

fn cast_with(app: AppCreated) -> World {
    let tenants = [LAB, NORTH, SOUTH, RIVAL].map(tenant);
    given([third_party(), customers_organization(), app.into()].into_iter().chain(tenants))
}

fn decide(world: &World, organization_id: OrganizationId, step: &Step) -> Decision {
    let state = world.app(APP);
    let listed = world.customers_listed(APP);
    match step {
        Step::Edit { name: text, visibility, mode } => {
            let command = app::EditDetails {
                organization_id,
                name: text.map(name),
                organization_name: None,
                homepage_url: None,
                visibility: *visibility,
                credential_management: *mode,
            };
            let organization = world.organization(organization_id);
            let facts = app::EditDetailsFacts { organization: &organization, listed: &listed };
            app::edit_details(command, &state, &facts)
        }
        Step::Add(tenants) => with_candidates(world, tenants, |tenants| {
            listing::add(organization_id, &listing::AddFacts { app: &state, listed: &listed, tenants })
        }),
        Step::Remove(number) => {
            let listing = world.listing(APP, tenant_id(*number));
            let facts = listing::RemoveFacts { app: &state, connections: &[] };
            listing::remove(organization_id, tenant_id(*number), &listing, &facts)
        }
        Step::Approve => app::approve(reason("Fine."), &state),
        Step::Reject => app::reject(reason("Not fine."), &state),
        Step::Resubmit => app::request_review(organization_id, &state),
        Step::Delete => app::delete(organization_id, &state),
    }
}

/// Carries the steps out, one after the other, and shows every event, refused commands leaving none.
fn carry_out(app: &AppCreated, steps: &[Step], mut after: impl FnMut(&World, &[Event])) -> Vec<Event> {
    let mut world = cast_with(app.clone());
    let mut history = vec![app.clone().into()];
    for step in steps {
        let events = decide(&world, app.organization_id, step).unwrap_or_default();
        for event in &events {
            world.record(event, &stamp());
        }
        history.extend(events);
        after(&world, &history);
    }
    history
}

fn visibility(history: &[Event]) -> Visibility {
    let said = history.iter().rev().find_map(|event| match event {
        Event::AppCreated(event) => Some(event.visibility),
        Event::AppDetailsEdited(event) => Some(event.visibility),
        _ => None,
    });
    said.unwrap()
}

fn sees(world: &World, number: u64) -> bool {
    let id = tenant_id(number);
    listing::visible(&world.app(APP), &world.listing(APP, id), &integration(number)).is_ok()
}

proptest! {
    #[test]
    fn rule_10_no_history_leaves_a_private_app_with_several_customers(
        app in start(), steps in prop::collection::vec(step(), 0..40),
    ) {
        carry_out(&app, &steps, |world, history| {
            if visibility(history) == Visibility::Private {
                let customers: HashSet<CustomerId> = world.customers_listed(APP).into_iter().collect();
                assert!(customers.len() <= 1, "{customers:?} after {history:?}");
            }
        });
    }

    #[test]
    fn rule_12_no_history_approves_an_app_twice_or_shows_a_third_partys_public_app_before(
        app in start(), steps in prop::collection::vec(step(), 0..40),
    ) {
        carry_out(&app, &steps, |world, history| {
            let approvals = history.iter().filter(|event| matches!(event, Event::AppApproved(_))).count();
            assert!(approvals <= 1, "{history:?}");
            let reviewed = app.organization_id == MAKER && visibility(history) == Visibility::Public;
            for number in [NORTH, SOUTH, RIVAL] {
                assert!(!(sees(world, number) && reviewed && approvals == 0), "{number} after {history:?}");
            }
        });
    }

    #[test]
    fn rule_11_nothing_follows_a_deletion(app in start(), steps in prop::collection::vec(step(), 0..40)) {
        let history = carry_out(&app, &steps, |_, _| {});
        let end = history.iter().position(|event| matches!(event, Event::AppDeleted(_)));
        prop_assert!(end.is_none_or(|end| end + 1 == history.len()), "{history:?}");
    }

    #[test]
    fn an_edit_or_a_listing_sent_again_changes_nothing(
        app in start(), steps in prop::collection::vec(step(), 0..20), last in step(),
    ) {
        let mut world = cast_with(app.clone());
        for step in &steps {
            for event in decide(&world, app.organization_id, step).unwrap_or_default() {
                world.record(&event, &stamp());
            }
        }
        if let (Step::Edit { .. } | Step::Add(_), Ok(events)) = (&last, decide(&world, app.organization_id, &last)) {
            for event in &events {
                world.record(event, &stamp());
            }
            prop_assert_eq!(decide(&world, app.organization_id, &last), Ok(Vec::new()));
        }
    }
}
