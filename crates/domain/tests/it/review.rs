use chancery_domain::{AppCreated, app};

use crate::{
    fixtures::{
        APP, CONTACTS, JOBS, NORTH, approved, edited, listed, private_app, public_app, reason, rejected,
        tenant_id,
    },
    world::{World, given},
};

fn approve(world: &World) -> chancery_domain::Decision {
    app::approve(reason("Fine."), &world.app(APP))
}

fn reject(world: &World) -> chancery_domain::Decision {
    app::reject(reason("The homepage is empty."), &world.app(APP))
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
    assert!(chancery_domain::listing::visible(&world.app(APP), &world.listing(APP, north), north).is_ok());
}
