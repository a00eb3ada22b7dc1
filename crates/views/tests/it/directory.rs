use chancery_views::{Access, OperationKind, OrganizationKind, Role, directory};
use chancery_wire::v1;

use crate::{
    events::{at, id, organization_registered, tenant_registered, token_issued, token_revoked},
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn organizations_and_tenants_are_listed_in_pages() {
    let world = World::new();
    world.happened(organization_registered(1)).await;
    let customer = v1::OrganizationRegistered {
        kind: v1::OrganizationKind::Customer.into(),
        integration_tenant_id: 0,
        ..organization_registered(2)
    };
    world.happened(customer).await;
    for tenant_id in [30, 10, 20] {
        world.happened(tenant_registered(tenant_id, &["integration", "production"])).await;
    }
    let reader = world.caught_up().await;

    let page = directory::organizations(&reader, None, 10).await.unwrap().value;
    let seen: Vec<_> = page.items.iter().map(|item| (item.kind, item.integration_tenant_id)).collect();
    assert_eq!(seen, [(OrganizationKind::ThirdParty, Some(900)), (OrganizationKind::Customer, None)]);
    assert_eq!(directory::organization(&reader, id(1)).await.unwrap().value.unwrap(), page.items[0]);
    let first = directory::tenants(&reader, None, 2).await.unwrap().value;
    let ids: Vec<_> = first.items.iter().map(|tenant| tenant.tenant_id).collect();
    assert_eq!((ids, first.next), (vec![10, 20], Some(20)));
    let rest = directory::tenants(&reader, first.next, 2).await.unwrap().value;
    assert_eq!((rest.items[0].tenant_id, rest.next), (30, None));
    assert_eq!(rest.items[0].environments, ["integration", "production"]);
    assert_eq!(directory::tenant(&reader, 30).await.unwrap().value.as_ref(), rest.items.first());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_show_their_instances_and_their_revocation_but_no_hash() {
    let world = World::new();
    let instance = |tenant_id, environment: &str| v1::Instance { tenant_id, environment: environment.into() };
    let admin = v1::ApiTokenIssued {
        tenants: vec![instance(10, "integration"), instance(11, "production")],
        subject_id: "ada".into(),
        expires_at: Some(at(1_893_456_000)),
        ..token_issued(1, v1::Role::TenantAdmin)
    };
    world.happened(admin).await;
    let developer =
        v1::ApiTokenIssued { organization_id: id(5).to_string(), ..token_issued(2, v1::Role::Developer) };
    world.happened(developer).await;
    world.happened(token_revoked(2)).await;
    let reader = world.caught_up().await;

    let tokens = directory::api_tokens(&reader, None, 10).await.unwrap().value.items;
    let [admin, developer] = &tokens[..] else { panic!("two tokens") };
    assert_eq!((admin.role, developer.role), (Role::TenantAdmin, Role::Developer));
    let places: Vec<_> = admin.tenants.iter().map(|at| (at.tenant_id, at.environment.as_str())).collect();
    assert_eq!(places, [(10, "integration"), (11, "production")]);
    assert_eq!(admin.subject.as_ref().unwrap().name.as_deref(), Some("forgotten"));
    assert_eq!(admin.expires_at.unwrap().to_string(), "2030-01-01T00:00:00Z");
    assert!(admin.revoked_at.is_none() && developer.revoked_at.is_some());
    assert_eq!((developer.organization_id, developer.subject.as_ref()), (Some(id(5)), None));
    let rows = world.live(&directory::Directory).await;
    assert!(!format!("{rows:?}").contains("sha256"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_is_the_one_that_was_published_last() {
    let world = World::new();
    let reader = world.caught_up().await;
    assert_eq!(directory::scope_catalog(&reader).await.unwrap().value, None);
    let scope = |scope: &str| v1::Scope {
        scope: scope.into(),
        module: "crm".into(),
        resource: "contacts".into(),
        access: v1::Access::Modify.into(),
        title: "Contacts".into(),
    };
    let operation = v1::Operation {
        id: "contacts_list".into(),
        module: "crm".into(),
        method: "GET".into(),
        path: "/crm/v2/tenant/{tenant}/contacts".into(),
        scope: "tn.crm.contacts:w".into(),
        kind: v1::OperationKind::Reporting.into(),
    };
    let published = |scopes| v1::ScopeCatalogPublished { scopes, operations: vec![operation.clone()] };
    world.happened(published(vec![scope("tn.crm.contacts:r")])).await;
    world.happened(published(vec![scope("tn.crm.contacts:w")])).await;
    let reader = world.caught_up().await;
    let catalog = directory::scope_catalog(&reader).await.unwrap().value.unwrap();
    assert_eq!(catalog.scopes.len(), 1);
    assert_eq!(
        (catalog.scopes[0].access, catalog.operations[0].kind),
        (Access::Modify, OperationKind::Reporting)
    );
    assert_eq!(catalog.stream_version, 2);
}
