use chancery_domain::{Decision, OrganizationId, app, listing};

use crate::{
    fixtures::{
        APP, CONTACTS, JOBS, LAB, MAKER, NORTH, OWNER, admins_app, approved, catalog, connected, create,
        create_public, deleted, edited, listed, made_private, managed_by, private_app, production,
        public_app, reason, rejected, review_requested, scopes, stamp, tenant, tenant_id, third_party,
        version, with_candidates,
    },
    world::{World, given},
};

fn delete(world: &World, organization_id: OrganizationId) -> Decision {
    app::delete(organization_id, &world.app(APP))
}

/// An app that a tenant is connected to, and its end.
fn gone() -> World {
    let north = production(NORTH);
    given([
        third_party(),
        tenant(LAB),
        tenant(NORTH),
        catalog(),
        public_app().into(),
        approved(),
        listed(NORTH),
        connected(&north, 1),
        deleted(),
    ])
}

#[test]
fn rule_11_the_owner_deletes_an_app_in_any_state_of_its_review() {
    for app in [public_app(), private_app(), admins_app()] {
        given([app.into()]).when(|world| delete(world, MAKER)).then([deleted()]);
    }
    for decided in [approved(), rejected()] {
        given([public_app().into(), decided]).when(|world| delete(world, MAKER)).then([deleted()]);
    }
}

#[test]
fn rule_11_deleting_an_app_with_many_connections_is_one_event() {
    let many = (1..=500).flat_map(|number| [listed(number), connected(&production(number), 1)]);
    given([private_app().into()].into_iter().chain(many))
        .when(|world| delete(world, MAKER))
        .then([deleted()]);
}

#[test]
fn rule_11_a_foreign_organization_deletes_nothing_and_learns_nothing() {
    let foreign = given([public_app().into()]).when(|world| delete(world, OWNER));
    let absent = given([]).when(|world| delete(world, MAKER));
    assert_eq!(foreign.refused("app_unknown"), absent.refused("app_unknown"));
}

#[test]
fn rule_11_an_app_is_deleted_once() {
    gone().when(|world| delete(world, MAKER)).refused("app_unknown");
}

#[test]
fn rule_11_nothing_is_decided_about_a_deleted_app() {
    let world = gone();
    let state = world.app(APP);
    let organization = world.organization(MAKER);
    let edit = app::EditDetails {
        organization_id: MAKER,
        name: Some(public_app().name),
        organization_name: None,
        homepage_url: None,
        visibility: None,
        credential_management: None,
    };
    let facts = app::EditDetailsFacts { organization: &organization, listed: &[] };
    let scopes = app::EditScopes { organization_id: MAKER, scopes: scopes(&[JOBS, CONTACTS]) };
    let add = with_candidates(&world, &[NORTH], |tenants| {
        listing::add(MAKER, &listing::AddFacts { app: &state, listed: &[], tenants })
    });
    let remove = listing::remove(
        MAKER,
        tenant_id(NORTH),
        &world.listing(APP, tenant_id(NORTH)),
        &listing::RemoveFacts { app: &state, connections: &[] },
    );
    for decision in [
        app::edit_details(edit, &state, &facts),
        app::edit_scopes(scopes, &state, &world.catalog),
        app::approve(reason("Fine."), &state),
        app::reject(reason("Not fine."), &state),
        app::request_review(MAKER, &state),
        add,
        remove,
    ] {
        assert_eq!(decision.unwrap_err().code(), "app_unknown");
    }
}

#[test]
fn rule_11_no_tenant_sees_a_deleted_app() {
    let world = gone();
    let id = tenant_id(NORTH);
    let refusal = listing::visible(&world.app(APP), &world.listing(APP, id), &production(NORTH)).unwrap_err();
    assert_eq!(refusal.code(), "app_unknown");
}

#[test]
fn rule_11_the_id_of_a_deleted_app_is_not_given_again() {
    gone().when(|world| create(world, create_public(), &[])).refused("app_exists");
}

#[test]
fn rule_11_a_deleted_app_is_remembered_as_it_was_with_its_end() {
    let edit = edited(2, &[CONTACTS], &[CONTACTS], &[JOBS]);
    let state = given([public_app().into(), edit, deleted()]).app(APP);
    let (app, end) = state.known().unwrap();
    assert_eq!((app.app_key.clone(), app.history.latest()), (public_app().app_key, version(2)));
    assert_eq!(end, Some(&stamp()));
    assert_eq!(state.live(), None);
}

#[test]
fn rule_11_nothing_happens_to_an_app_after_its_end() {
    let world = gone();
    let mut after = world.clone();
    let edit = edited(2, &[CONTACTS], &[CONTACTS], &[JOBS]);
    let mode = managed_by(chancery_domain::CredentialManagement::TenantAdmin);
    for event in [public_app().into(), edit, made_private(), mode, review_requested(), rejected(), deleted()]
    {
        after.record(&event, &stamp());
    }
    assert_eq!(after, world);
}
