use chancery_domain::{AppCreated, CredentialManagement, Environment, Event, Visibility, app};

use crate::{
    fixtures::{
        APP, CONTACTS, JOBS, LAB, MAKER, NORTH, OWNER, RIVAL, SOUTH, catalog, create, create_public,
        customers_organization, integration, listed, private_app, production, public_app, scopes, stamp,
        tenant, tenant_id, third_party, version,
    },
    world::{World, given},
};

fn ready() -> World {
    given([
        third_party(),
        customers_organization(),
        tenant(LAB),
        tenant(NORTH),
        tenant(SOUTH),
        tenant(RIVAL),
        catalog(),
    ])
}

fn create_from(instance: chancery_domain::Instance) -> app::Create {
    app::Create { instance: Some(instance), ..create_public() }
}

fn create_own(instance: chancery_domain::Instance) -> app::Create {
    app::Create { organization_id: OWNER, ..create_from(instance) }
}

#[test]
fn rule_02_a_third_party_creates_from_its_own_integration_instance_named_or_not() {
    ready().when(|world| create(world, create_public(), &[])).then([public_app().into()]);
    ready().when(|world| create(world, create_from(integration(LAB)), &[])).then([public_app().into()]);
}

#[test]
fn rule_02_creating_from_a_customers_instance_is_refused_the_same_whether_it_exists_or_not() {
    let existing = ready().when(|world| create(world, create_from(production(NORTH)), &[]));
    let absent = given([third_party()]).when(|world| create(world, create_from(production(NORTH)), &[]));
    assert_eq!(existing.refused("customer_tunneling"), absent.refused("customer_tunneling"));
}

#[test]
fn rule_02_the_own_tenant_in_another_environment_is_tunneling_too() {
    ready().when(|world| create(world, create_from(production(LAB)), &[])).refused("customer_tunneling");
}

#[test]
fn rule_03_a_customer_creates_from_an_instance_that_it_owns_in_either_environment() {
    for instance in [production(NORTH), integration(SOUTH)] {
        let created = AppCreated {
            organization_id: OWNER,
            credential_management: CredentialManagement::TenantAdmin,
            instance_tenant_id: instance.tenant_id,
            instance_environment: instance.environment.clone(),
            review_required: false,
            ..public_app()
        };
        ready().when(|world| create(world, create_own(instance), &[])).then([created.into()]);
    }
}

#[test]
fn rule_03_a_customer_does_not_create_from_an_instance_that_it_does_not_own_or_that_does_not_exist() {
    let staging = chancery_domain::Instance {
        environment: Environment::parse("staging").unwrap(),
        ..production(NORTH)
    };
    for instance in [production(RIVAL), production(99), staging] {
        ready().when(|world| create(world, create_own(instance), &[])).refused("instance_unknown");
    }
}

#[test]
fn rule_03_a_customer_names_the_instance() {
    let command = app::Create { organization_id: OWNER, ..create_public() };
    ready().when(|world| create(world, command, &[])).refused("instance_missing");
}

#[test]
fn rule_04_completing_the_creation_issues_the_app_key_and_version_1() {
    let world = ready().when(|world| create(world, create_public(), &[])).then([public_app().into()]);
    let state = world.app(APP);
    let app = state.live().unwrap();
    assert_eq!(app.app_key, public_app().app_key);
    assert_eq!(app.created, stamp());
    assert_eq!((app.history.latest(), app.history.scopes()), (version(1), &scopes(&[JOBS])));
}

#[test]
fn rule_04_an_unregistered_organization_creates_nothing() {
    given([catalog()]).when(|world| create(world, create_public(), &[])).refused("organization_unknown");
}

#[test]
fn rule_04_an_id_names_one_app() {
    let mut world = ready();
    world.record(&public_app().into(), &stamp());
    world.when(|world| create(world, create_public(), &[])).refused("app_exists");
}

#[test]
fn rule_06_an_app_has_at_least_one_scope() {
    let command = app::Create { scopes: scopes(&[]), ..create_public() };
    ready().when(|world| create(world, command, &[])).refused("scopes_missing");
}

#[test]
fn rule_06_an_app_is_created_with_scopes_of_the_catalog_only() {
    let command = || app::Create { scopes: scopes(&[JOBS, "tn.jpm.rockets:w"]), ..create_public() };
    let refusal = ready().when(|world| create(world, command(), &[])).refused("scope_unknown");
    assert!(refusal.to_string().ends_with("not in it: tn.jpm.rockets:w."), "{refusal}");
    given([third_party()]).when(|world| create(world, command(), &[])).refused("scope_unknown");
}

#[test]
fn rule_09_an_app_is_listed_at_its_creation() {
    ready().when(|world| create(world, create_public(), &[NORTH, RIVAL, NORTH])).then([
        public_app().into(),
        listed(NORTH),
        listed(RIVAL),
    ]);
}

#[test]
fn rule_09_an_unregistered_tenant_id_at_the_creation_creates_nothing() {
    ready().when(|world| create(world, create_public(), &[NORTH, 99])).refused("tenant_unknown");
}

#[test]
fn rule_10_a_private_app_is_created_for_tenants_of_one_customer() {
    let command = || app::Create { visibility: Visibility::Private, ..create_public() };
    ready().when(|world| create(world, command(), &[NORTH, SOUTH])).then([
        private_app().into(),
        listed(NORTH),
        listed(SOUTH),
    ]);
    ready().when(|world| create(world, command(), &[NORTH, RIVAL])).refused("several_customers");
}

#[test]
fn rule_12_only_a_third_partys_public_app_waits_for_review() {
    let reviews = |event: &Event| matches!(event, Event::AppCreated(created) if created.review_required);
    let waits = |command| create(&ready(), command, &[]).unwrap().iter().any(reviews);
    assert!(waits(create_public()));
    assert!(!waits(app::Create { visibility: Visibility::Private, ..create_public() }));
    assert!(!waits(create_own(production(NORTH))));
}

#[test]
fn rule_17_the_developer_of_a_third_party_and_the_admin_of_a_customer_manage_credentials_by_default() {
    let mode = |command| match &create(&ready(), command, &[]).unwrap()[0] {
        Event::AppCreated(created) => created.credential_management,
        other => panic!("{other:?}"),
    };
    assert_eq!(mode(create_public()), CredentialManagement::Developer);
    assert_eq!(mode(create_own(production(NORTH))), CredentialManagement::TenantAdmin);
    let chosen = Some(CredentialManagement::TenantAdmin);
    assert_eq!(
        mode(app::Create { credential_management: chosen, ..create_public() }),
        CredentialManagement::TenantAdmin
    );
}

#[test]
fn rule_05_the_app_key_is_the_same_in_every_environment_and_after_every_edit() {
    let edit = crate::fixtures::edited(2, &[CONTACTS], &[CONTACTS], &[JOBS]);
    let state = given([public_app().into(), edit]).app(APP);
    assert_eq!(state.owned_by(MAKER).unwrap().app_key, public_app().app_key);
    assert_eq!(state.owned_by(MAKER).unwrap().instance.tenant_id, tenant_id(LAB));
}
