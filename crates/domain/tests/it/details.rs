use chancery_domain::{
    AppCreated, AppDetailsEdited, CredentialManagement, Decision, Event, HomepageUrl, Visibility, app,
    listing,
};

use crate::{
    fixtures::{
        APP, MAKER, NORTH, OWNER, RIVAL, SOUTH, approved, connected, customers_organization, details,
        first_secret, listed, made_private, made_public, managed_by, name, private_app, production,
        public_app, rejected, review_requested, tenant, tenant_id, third_party, unlisted,
    },
    world::{World, given},
};

/// Names nothing.
fn nothing() -> app::EditDetails {
    app::EditDetails {
        organization_id: MAKER,
        name: None,
        organization_name: None,
        homepage_url: None,
        visibility: None,
        credential_management: None,
    }
}

fn open_to(visibility: Visibility) -> app::EditDetails {
    app::EditDetails { visibility: Some(visibility), ..nothing() }
}

fn edit(world: &World, command: app::EditDetails) -> Decision {
    let facts = app::EditDetailsFacts {
        organization: &world.organization(command.organization_id),
        listed: &world.customers_listed(APP),
    };
    app::edit_details(command, &world.app(APP), &facts)
}

fn make_public(world: &World) -> Decision {
    edit(world, open_to(Visibility::Public))
}

fn make_private(world: &World) -> Decision {
    edit(world, open_to(Visibility::Private))
}

/// The third party, its app, and what happened to it.
fn third_partys(app: AppCreated, then: impl IntoIterator<Item = Event>) -> World {
    let cast = [third_party(), tenant(NORTH), tenant(SOUTH), tenant(RIVAL), app.into()];
    given(cast.into_iter().chain(then))
}

/// The customer's organization, its app, and what happened to it.
fn customers(app: AppCreated, then: impl IntoIterator<Item = Event>) -> World {
    let app = AppCreated { organization_id: OWNER, review_required: false, ..app };
    given([customers_organization(), app.into()].into_iter().chain(then))
}

fn review(world: &World) -> app::Review {
    world.app(APP).live().unwrap().review().clone()
}

#[test]
fn rule_04_each_detail_is_edited_by_itself_and_the_others_stay() {
    let homepage = HomepageUrl::parse("https://helper.fieldworks.example").unwrap();
    let before = details(Visibility::Public);
    for (command, expected) in [
        (
            app::EditDetails { name: Some(name("Router")), ..nothing() },
            AppDetailsEdited { name: name("Router"), ..before.clone() },
        ),
        (
            app::EditDetails { organization_name: Some(name("Fieldworks Inc.")), ..nothing() },
            AppDetailsEdited { organization_name: name("Fieldworks Inc."), ..before.clone() },
        ),
        (
            app::EditDetails { homepage_url: Some(homepage.clone()), ..nothing() },
            AppDetailsEdited { homepage_url: homepage.clone(), ..before.clone() },
        ),
    ] {
        let world =
            third_partys(public_app(), []).when(|world| edit(world, command.clone())).then([expected.into()]);
        world.when(|world| edit(world, command)).then_nothing();
    }
}

#[test]
fn rule_04_several_details_are_edited_by_one_event() {
    let command = app::EditDetails {
        name: Some(name("Router")),
        organization_name: Some(name("Fieldworks Inc.")),
        ..open_to(Visibility::Private)
    };
    let edited = AppDetailsEdited {
        name: name("Router"),
        organization_name: name("Fieldworks Inc."),
        ..details(Visibility::Private)
    };
    let world =
        third_partys(public_app(), []).when(|world| edit(world, command)).then([edited.clone().into()]);
    let state = world.app(APP);
    let app = state.live().unwrap();
    assert_eq!((&app.name, &app.organization_name), (&edited.name, &edited.organization_name));
    assert_eq!((&app.homepage_url, app.visibility()), (&edited.homepage_url, Visibility::Private));
}

#[test]
fn rule_04_an_edit_that_changes_nothing_is_no_event() {
    third_partys(public_app(), []).when(|world| edit(world, nothing())).then_nothing();
    let app = public_app();
    let same = app::EditDetails {
        organization_id: MAKER,
        name: Some(app.name),
        organization_name: Some(app.organization_name),
        homepage_url: Some(app.homepage_url),
        visibility: Some(app.visibility),
        credential_management: Some(app.credential_management),
    };
    third_partys(public_app(), []).when(|world| edit(world, same)).then_nothing();
}

#[test]
fn rule_04_a_foreign_organization_edits_no_detail_and_learns_nothing() {
    let command = app::EditDetails { organization_id: OWNER, ..open_to(Visibility::Private) };
    let foreign = third_partys(public_app(), []).when(|world| edit(world, command));
    let absent = given([]).when(|world| edit(world, nothing()));
    assert_eq!(foreign.refused("app_unknown"), absent.refused("app_unknown"));
}

#[test]
fn rule_10_a_public_app_with_tenants_of_one_customer_or_none_is_made_private() {
    for listings in [vec![], vec![listed(NORTH)], vec![listed(NORTH), listed(SOUTH)]] {
        third_partys(public_app(), listings).when(make_private).then([made_private()]);
    }
}

#[test]
fn rule_10_a_public_app_with_tenants_of_several_customers_is_not_made_private() {
    third_partys(public_app(), [listed(NORTH), listed(RIVAL)])
        .when(make_private)
        .refused("several_customers");
}

#[test]
fn rule_10_only_tenants_that_are_still_listed_keep_an_app_from_being_made_private() {
    third_partys(public_app(), [listed(NORTH), listed(RIVAL), unlisted(RIVAL)])
        .when(make_private)
        .then([made_private()]);
}

#[test]
fn rule_10_editing_a_public_app_otherwise_looks_at_no_customer() {
    let renamed = app::EditDetails { name: Some(name("Router")), ..open_to(Visibility::Public) };
    third_partys(public_app(), [listed(NORTH), listed(RIVAL)])
        .when(|world| edit(world, renamed))
        .then([AppDetailsEdited { name: name("Router"), ..details(Visibility::Public) }.into()]);
}

#[test]
fn rule_10_a_private_third_party_app_made_public_goes_to_review() {
    let world = third_partys(private_app(), [listed(NORTH)])
        .when(make_public)
        .then([review_requested(), made_public()]);
    assert_eq!(review(&world), app::Review::Pending);
}

#[test]
fn rule_10_live_connections_stay_when_an_app_goes_to_review_and_new_ones_need_the_approval() {
    let north = production(NORTH);
    let before = third_partys(private_app(), [listed(NORTH), connected(&north, 1)]);
    let connection = |world: &World| world.connection(APP, north.tenant_id, &north.environment);
    let stands = connection(&before);
    let after = before.when(make_public).then([review_requested(), made_public()]);
    assert_eq!(connection(&after), stands);
    let north = tenant_id(NORTH);
    assert!(listing::visible(&after.app(APP), &after.listing(APP, north), &production(NORTH)).is_err());
}

#[test]
fn rule_10_a_customers_app_made_public_goes_to_no_review() {
    let command = app::EditDetails { organization_id: OWNER, ..open_to(Visibility::Public) };
    let world = customers(private_app(), []).when(|world| edit(world, command)).then([made_public()]);
    assert_eq!(review(&world), app::Review::NotRequired);
}

#[test]
fn rule_10_whether_an_app_goes_to_review_is_not_decided_without_its_organization() {
    given([private_app().into()]).when(make_public).refused("organization_unknown");
}

#[test]
fn rule_12_an_app_made_private_leaves_the_reviewers_queue() {
    let world = third_partys(public_app(), [listed(NORTH)]).when(make_private).then([made_private()]);
    assert_eq!(review(&world), app::Review::NotRequired);
    let north = tenant_id(NORTH);
    assert!(listing::visible(&world.app(APP), &world.listing(APP, north), &production(NORTH)).is_ok());
}

#[test]
fn rule_12_an_approval_is_remembered_while_the_app_is_private() {
    let world = third_partys(public_app(), [approved()]).when(make_private).then([made_private()]);
    assert_eq!(review(&world), app::Review::NotRequired);
    let world = world.when(make_public).then([made_public()]);
    assert!(matches!(review(&world), app::Review::Approved(_)));
}

#[test]
fn rule_12_an_approved_app_is_edited_without_a_new_approval() {
    let renamed = app::EditDetails { name: Some(name("Router")), ..open_to(Visibility::Public) };
    let world = third_partys(public_app(), [approved()])
        .when(|world| edit(world, renamed))
        .then([AppDetailsEdited { name: name("Router"), ..details(Visibility::Public) }.into()]);
    assert!(matches!(review(&world), app::Review::Approved(_)));
}

#[test]
fn rule_12_an_app_that_was_never_approved_goes_to_review_whenever_it_is_made_public() {
    for history in [vec![], vec![rejected()], vec![made_private(), review_requested(), made_public()]] {
        let world = third_partys(public_app(), history.into_iter().chain([made_private()]))
            .when(make_public)
            .then([review_requested(), made_public()]);
        assert_eq!(review(&world), app::Review::Pending);
    }
}

#[test]
fn rule_12_editing_a_rejected_app_does_not_resubmit_it() {
    let renamed = app::EditDetails { name: Some(name("Router")), ..open_to(Visibility::Public) };
    let world = third_partys(public_app(), [rejected()])
        .when(|world| edit(world, renamed))
        .then([AppDetailsEdited { name: name("Router"), ..details(Visibility::Public) }.into()]);
    assert!(matches!(review(&world), app::Review::Rejected(_)));
}

#[test]
fn rule_17_the_mode_of_credential_management_is_changed_later() {
    let switch = |mode| app::EditDetails { credential_management: Some(mode), ..nothing() };
    let admin = CredentialManagement::TenantAdmin;
    let world =
        third_partys(public_app(), []).when(|world| edit(world, switch(admin))).then([managed_by(admin)]);
    assert_eq!(world.app(APP).live().unwrap().credential_management, admin);
    world
        .when(|world| edit(world, switch(CredentialManagement::Developer)))
        .then([managed_by(CredentialManagement::Developer)]);
}

#[test]
fn rule_17_the_mode_is_changed_beside_the_details() {
    let admin = CredentialManagement::TenantAdmin;
    let command = app::EditDetails { credential_management: Some(admin), ..open_to(Visibility::Public) };
    third_partys(private_app(), []).when(|world| edit(world, command)).then([
        review_requested(),
        made_public(),
        managed_by(admin),
    ]);
}

#[test]
fn rule_17_a_change_of_the_mode_touches_no_connection_and_no_secret() {
    let north = production(NORTH);
    let before = [listed(NORTH), connected(&north, 1), first_secret(&north, 1).into()];
    let world = third_partys(private_app(), before.clone());
    let connection = |world: &World| world.connection(APP, north.tenant_id, &north.environment);
    let credential = |world: &World| world.credential(&crate::fixtures::client_id(1));
    let (stands, secrets) = (connection(&world), credential(&world));
    let admin = CredentialManagement::TenantAdmin;
    let command = app::EditDetails { credential_management: Some(admin), ..nothing() };
    let world = world.when(|world| edit(world, command)).then([managed_by(admin)]);
    assert_eq!((connection(&world), credential(&world)), (stands, secrets));
}
