use chancery_domain::{AppCreated, Decision, OrganizationId, app};

use crate::{
    fixtures::{
        APP, CONTACTS, JOBS, MAKER, NORTH, OWNER, approved, edited, listed, made_private, private_app,
        production, public_app, reason, rejected, review_requested, stamp, tenant_id,
    },
    world::{World, given},
};

fn approve(world: &World) -> Decision {
    app::approve(reason("Fine."), &world.app(APP))
}

fn reject(world: &World) -> Decision {
    app::reject(reason("The homepage is empty."), &world.app(APP))
}

fn resubmit(world: &World, organization_id: OrganizationId) -> Decision {
    app::request_review(organization_id, &world.app(APP))
}

#[test]
fn rule_12_a_reviewer_approves_a_pending_app() {
    given([public_app().into()]).when(approve).then([approved()]);
}

#[test]
fn rule_12_a_reviewer_rejects_a_pending_app() {
    given([public_app().into()]).when(reject).then([rejected()]);
}

#[test]
fn rule_12_a_rejection_says_why() {
    given([public_app().into()])
        .when(|world| app::reject(reason(" "), &world.app(APP)))
        .refused("reason_missing");
}

#[test]
fn rule_12_a_review_is_decided_once() {
    for decided in [approved(), rejected()] {
        given([public_app().into(), decided.clone()]).when(approve).refused("review_decided");
        given([public_app().into(), decided]).when(reject).refused("review_decided");
    }
}

#[test]
fn rule_12_an_app_that_needs_no_review_is_not_reviewed() {
    let customers = AppCreated { review_required: false, ..public_app() };
    given([public_app().into(), made_private()]).when(approve).refused("review_not_required");
    given([public_app().into(), made_private()]).when(reject).refused("review_not_required");
    for app in [private_app(), customers] {
        given([app.clone().into()]).when(approve).refused("review_not_required");
        given([app.into()]).when(reject).refused("review_not_required");
    }
}

#[test]
fn rule_12_an_app_that_does_not_exist_is_not_reviewed() {
    given([]).when(approve).refused("app_unknown");
    given([]).when(reject).refused("app_unknown");
}

#[test]
fn rule_12_new_versions_need_no_new_approval() {
    let edit = edited(2, &[JOBS, CONTACTS], &[CONTACTS], &[]);
    let world = given([public_app().into(), listed(NORTH), approved(), edit]);
    let north = tenant_id(NORTH);
    assert!(
        chancery_domain::listing::visible(&world.app(APP), &world.listing(APP, north), &production(NORTH))
            .is_ok()
    );
}

#[test]
fn rule_12_a_rejected_app_is_resubmitted_and_decided_again() {
    let resubmitted = || {
        given([public_app().into(), rejected()])
            .when(|world| resubmit(world, MAKER))
            .then([review_requested()])
    };
    resubmitted().when(approve).then([approved()]);
    resubmitted()
        .when(reject)
        .then([rejected()])
        .when(|world| resubmit(world, MAKER))
        .then([review_requested()]);
}

#[test]
fn rule_12_resubmitting_a_pending_app_changes_nothing() {
    given([public_app().into()]).when(|world| resubmit(world, MAKER)).then_nothing();
    let resubmitted = given([public_app().into(), rejected(), review_requested()]);
    resubmitted.when(|world| resubmit(world, MAKER)).then_nothing();
}

#[test]
fn rule_12_an_approved_app_is_never_reviewed_again() {
    given([public_app().into(), approved()]).when(|world| resubmit(world, MAKER)).refused("review_decided");
    let mut world = given([public_app().into(), approved()]);
    world.record(&review_requested(), &stamp());
    assert_eq!(world, given([public_app().into(), approved()]));
}

#[test]
fn rule_12_an_app_that_needs_no_review_is_not_resubmitted() {
    let customers = AppCreated { organization_id: OWNER, review_required: false, ..public_app() };
    given([customers.into()]).when(|world| resubmit(world, OWNER)).refused("review_not_required");
    given([private_app().into()]).when(|world| resubmit(world, MAKER)).refused("review_not_required");
    for decided in [approved(), rejected()] {
        given([public_app().into(), decided, made_private()])
            .when(|world| resubmit(world, MAKER))
            .refused("review_not_required");
    }
}

#[test]
fn rule_12_a_foreign_organization_resubmits_nothing_and_learns_nothing() {
    let foreign = given([public_app().into(), rejected()]).when(|world| resubmit(world, OWNER));
    let absent = given([]).when(|world| resubmit(world, MAKER));
    assert_eq!(foreign.refused("app_unknown"), absent.refused("app_unknown"));
}

#[test]
fn rule_12_a_decided_review_says_why_and_who_decided() {
    for (event, text) in [(approved(), "Fine."), (rejected(), "The homepage is empty.")] {
        let state = given([public_app().into(), event]).app(APP);
        let (app::Review::Approved(verdict) | app::Review::Rejected(verdict)) =
            state.live().unwrap().review()
        else {
            panic!("it is decided");
        };
        assert_eq!((verdict.reason.as_str(), &verdict.decided), (text, &stamp()));
    }
}
