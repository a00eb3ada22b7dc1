use chancery_domain::{AppVersion, Decision, OrganizationId, app};

use crate::{
    fixtures::{
        APP, CONTACTS, JOBS, JOBS_EDIT, MAKER, NORTH, OWNER, catalog, catalog_of, client_id, connected,
        edited, first_secret, production, public_app, scopes, stamp, version,
    },
    world::{World, given},
};

fn edit(world: &World, organization_id: OrganizationId, set: &[&str]) -> Decision {
    let command = app::EditScopes { organization_id, scopes: scopes(set) };
    app::edit_scopes(command, &world.app(APP), &world.catalog)
}

#[test]
fn rule_07_an_edit_publishes_the_next_version_with_what_was_added_and_removed() {
    given([catalog(), public_app().into()])
        .when(|world| edit(world, MAKER, &[JOBS, CONTACTS]))
        .then([edited(2, &[JOBS, CONTACTS], &[CONTACTS], &[])])
        .when(|world| edit(world, MAKER, &[CONTACTS, JOBS_EDIT]))
        .then([edited(3, &[CONTACTS, JOBS_EDIT], &[JOBS_EDIT], &[JOBS])]);
}

#[test]
fn rule_07_an_edit_to_the_same_set_publishes_nothing() {
    given([catalog(), public_app().into(), edited(2, &[JOBS, CONTACTS], &[CONTACTS], &[])])
        .when(|world| edit(world, MAKER, &[CONTACTS, JOBS, CONTACTS]))
        .then_nothing();
}

#[test]
fn rule_07_an_edit_back_to_an_earlier_set_is_a_version_of_its_own() {
    given([catalog(), public_app().into(), edited(2, &[CONTACTS], &[CONTACTS], &[JOBS])])
        .when(|world| edit(world, MAKER, &[JOBS]))
        .then([edited(3, &[JOBS], &[JOBS], &[CONTACTS])]);
}

#[test]
fn rule_06_the_last_scope_cannot_be_removed() {
    given([catalog(), public_app().into()]).when(|world| edit(world, MAKER, &[])).refused("scopes_missing");
}

#[test]
fn rule_06_a_scope_that_is_not_in_the_catalog_cannot_be_added() {
    given([catalog(), public_app().into()])
        .when(|world| edit(world, MAKER, &[JOBS, "tn.jpm.rockets:w"]))
        .refused("scope_unknown");
}

#[test]
fn rule_06_a_scope_that_left_the_catalog_stays_but_cannot_be_chosen_again() {
    given([catalog(), public_app().into(), catalog_of(&[CONTACTS])])
        .when(|world| edit(world, MAKER, &[JOBS, CONTACTS]))
        .then([edited(2, &[JOBS, CONTACTS], &[CONTACTS], &[])])
        .when(|world| edit(world, MAKER, &[CONTACTS]))
        .then([edited(3, &[CONTACTS], &[], &[JOBS])])
        .when(|world| edit(world, MAKER, &[JOBS, CONTACTS]))
        .refused("scope_unknown");
}

#[test]
fn rule_07_a_foreign_organization_edits_nothing_and_learns_nothing() {
    let foreign = given([catalog(), public_app().into()]).when(|world| edit(world, OWNER, &[CONTACTS]));
    let absent = given([catalog()]).when(|world| edit(world, MAKER, &[CONTACTS]));
    assert_eq!(foreign.refused("app_unknown"), absent.refused("app_unknown"));
}

#[test]
fn rule_05_an_edit_changes_neither_client_ids_nor_secrets() {
    let north = production(NORTH);
    let before = [catalog(), public_app().into(), connected(&north, 1), first_secret(&north, 1).into()];
    let after = given(before.clone()).when(|world| edit(world, MAKER, &[CONTACTS])).then([edited(
        2,
        &[CONTACTS],
        &[CONTACTS],
        &[JOBS],
    )]);
    let before = given(before);
    let connection = |world: &World| world.connection(APP, north.tenant_id, &north.environment);
    assert_eq!(connection(&before), connection(&after));
    assert_eq!(before.credential(&client_id(1)), after.credential(&client_id(1)));
}

#[test]
fn rule_08_version_history_shows_scopes_additions_removals_created_on_and_user() {
    let world = given([
        public_app().into(),
        edited(2, &[JOBS, CONTACTS], &[CONTACTS], &[]),
        edited(3, &[CONTACTS], &[], &[JOBS]),
    ]);
    let state = world.app(APP);
    let history = &state.live().unwrap().history;
    let shown: Vec<_> = history
        .versions()
        .map(|shown| {
            assert_eq!(shown.published, stamp());
            assert_eq!(history.scopes_at(shown.version).as_ref(), Some(&shown.scopes));
            (shown.version, shown.scopes, shown.added, shown.removed)
        })
        .collect();
    assert_eq!(
        shown,
        [
            (AppVersion::FIRST, scopes(&[JOBS]), scopes(&[JOBS]), scopes(&[])),
            (version(2), scopes(&[JOBS, CONTACTS]), scopes(&[CONTACTS]), scopes(&[])),
            (version(3), scopes(&[CONTACTS]), scopes(&[]), scopes(&[JOBS])),
        ]
    );
    assert_eq!(history.scopes_at(version(4)), None);
}

#[test]
fn rule_22_two_edits_make_one_offer() {
    let world = given([
        public_app().into(),
        edited(2, &[JOBS, CONTACTS], &[CONTACTS], &[]),
        edited(3, &[CONTACTS], &[], &[JOBS]),
    ]);
    let state = world.app(APP);
    let history = &state.live().unwrap().history;
    let offer = history.offer(version(1));
    assert_eq!((offer.added, offer.removed), (scopes(&[CONTACTS]), scopes(&[JOBS])));
    assert!(history.offer(version(3)).is_empty());
    assert!(history.offer(version(9)).is_empty());
}
