use chancery_views::{CredentialManagement, Reader, Review, Who, apps, versions};
use chancery_wire::v1::{self, AppCreated, Visibility};
use uuid::Uuid;

use crate::{
    events::{
        app_approved, app_created, app_deleted, app_rejected, credentials_managed_by, details_edited, id,
        review_requested, scopes, scopes_edited, tenant_added, tenant_registered, tenant_removed,
    },
    world::{World, person},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_app_shows_its_latest_version_and_how_many_tenants_it_is_listed_for() {
    let world = World::new();
    world.named("ann", "Ann Example").await;
    world.done_by(person("ann"), [app_created(1).into()]).await;
    world.happened(tenant_registered(10, &["production"])).await;
    world.done_by(person("ann"), [tenant_added(1, 10), tenant_added(1, 11)]).await;
    let names = ["crm.contacts:r", "crm.contacts:w"];
    world.done_by(person("ann"), [scopes_edited(1, 2, &names, &["crm.contacts:w"], &[])]).await;
    let reader = world.caught_up().await;

    let found = apps::app(&reader, id(1)).await.unwrap();
    assert_eq!(found.position.get(), 5);
    let app = found.value.unwrap();
    assert_eq!((app.version, app.scopes, app.tenant_count), (2, scopes(&names), Some(2)));
    assert_eq!((app.review, app.visibility.as_str()), (Review::NotRequired, "public"));
    assert_eq!(app.created_by, Who { id: "ann".into(), name: Some("Ann Example".into()) });
    assert_eq!(app.stream_version, 2, "listings stand in streams of their own");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_app_is_none_at_a_position() {
    let world = World::new();
    let position = world.happened(app_created(1)).await;
    let reader = world.caught_up().await;
    let found = apps::app(&reader, id(2)).await.unwrap();
    assert_eq!((found.position, found.value), (position, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_row_reads_forgotten_and_a_token_has_no_name() {
    let world = World::new();
    world.done_by(person("gone"), [app_created(1).into()]).await;
    world.happened(app_created(2)).await;
    let reader = world.caught_up().await;
    let creator = async |app| apps::app(&reader, id(app)).await.unwrap().value.unwrap().created_by;
    assert_eq!(creator(1).await, Who { id: "gone".into(), name: Some("forgotten".into()) });
    assert_eq!(creator(2).await, Who { id: "system".into(), name: None });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_apps_of_an_organization_come_in_pages_without_those_of_others() {
    let world = World::new();
    for number in 1..=5 {
        world.happened(app_created(number)).await;
    }
    world.happened(AppCreated { organization_id: id(2000).to_string(), ..app_created(6) }).await;
    let reader = world.caught_up().await;

    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = apps::of_organization(&reader, id(1000), after, 2).await.unwrap().value;
        assert!(page.items.len() <= 2);
        seen.extend(page.items.into_iter().map(|app| app.app_id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=5).map(id).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_12_the_reviewers_queue_holds_pending_apps_oldest_first() {
    let world = World::new();
    // Ids against the order of time.
    for number in [9, 8, 7, 6] {
        world.happened(AppCreated { review_required: true, ..app_created(number) }).await;
    }
    world.happened(AppCreated { visibility: Visibility::Private.into(), ..app_created(5) }).await;
    world.happened(app_approved(8)).await;
    world.happened(app_rejected(6)).await;
    let reader = world.caught_up().await;

    let first = apps::awaiting_review(&reader, None, 1).await.unwrap().value;
    assert_eq!(first.items[0].app_id, id(9));
    let second = apps::awaiting_review(&reader, first.next, 1).await.unwrap().value;
    assert_eq!((second.items[0].app_id, second.next), (id(7), None));
    let review = async |app| apps::app(&reader, id(app)).await.unwrap().value.unwrap().review;
    assert_eq!(review(8).await, Review::Approved);
    assert_eq!(review(6).await, Review::Rejected);
}

#[tokio::test(flavor = "multi_thread")]
async fn edited_details_and_the_side_that_manages_credentials_are_shown() {
    let world = World::new();
    world.happened(app_created(1)).await;
    world.happened(details_edited(1, "Renamed", Visibility::Private)).await;
    world.happened(credentials_managed_by(1, v1::CredentialManagement::TenantAdmin)).await;
    let reader = world.caught_up().await;
    let app = apps::app(&reader, id(1)).await.unwrap().value.unwrap();
    assert_eq!((app.name.as_str(), app.organization_name.as_str()), ("Renamed", "Acme & Sons"));
    assert_eq!((app.homepage_url.as_str(), app.visibility.as_str()), ("https://sons.example", "private"));
    assert_eq!((app.credential_management, app.stream_version), (CredentialManagement::TenantAdmin, 3));
    assert_eq!((app.version, app.scopes), (1, scopes(&["crm.contacts:r"])), "keys and versions stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_tenant_counts_no_longer() {
    let world = World::new();
    world.happened(app_created(1)).await;
    world.done_by(person("ann"), [tenant_added(1, 10), tenant_added(1, 11), tenant_removed(1, 10)]).await;
    let reader = world.caught_up().await;
    assert_eq!(apps::app(&reader, id(1)).await.unwrap().value.unwrap().tenant_count, Some(1));
}

async fn queue(reader: &Reader) -> Vec<Uuid> {
    let page = apps::awaiting_review(reader, None, 10).await.unwrap().value;
    page.items.iter().map(|app| app.app_id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resubmitted_app_goes_to_the_end_of_the_queue() {
    let world = World::new();
    for number in [1, 2] {
        world.happened(AppCreated { review_required: true, ..app_created(number) }).await;
    }
    world.happened(app_rejected(1)).await;
    let reader = world.caught_up().await;
    assert_eq!(queue(&reader).await, [id(2)]);
    world.happened(review_requested(1)).await;
    let reader = world.caught_up().await;
    assert_eq!(queue(&reader).await, [id(2), id(1)]);
    assert_eq!(apps::app(&reader, id(1)).await.unwrap().value.unwrap().review, Review::Pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decided_review_shows_its_reason_until_the_next_request() {
    let world = World::new();
    for number in [1, 2, 3] {
        world.happened(AppCreated { review_required: true, ..app_created(number) }).await;
    }
    let reason =
        async |reader: &Reader, app| apps::app(reader, id(app)).await.unwrap().value.unwrap().review_reason;
    for number in [1, 3] {
        world.happened(app_rejected(number)).await;
    }
    world.happened(app_approved(2)).await;
    let reader = world.caught_up().await;
    assert_eq!(reason(&reader, 1).await.as_deref(), Some("no"));
    assert_eq!(reason(&reader, 2).await, None, "an approval needs no words");
    world.happened(details_edited(1, "Corrected", Visibility::Public)).await;
    world.happened(details_edited(3, "Corrected", Visibility::Private)).await;
    let reader = world.caught_up().await;
    assert_eq!(reason(&reader, 1).await.as_deref(), Some("no"));
    assert_eq!(reason(&reader, 3).await, None, "a private app needs no review");
    world.happened(review_requested(1)).await;
    let reader = world.caught_up().await;
    assert_eq!(reason(&reader, 1).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_10_a_private_app_needs_no_review_and_an_approval_is_remembered() {
    let world = World::new();
    for number in [1, 2] {
        world.happened(AppCreated { review_required: true, ..app_created(number) }).await;
    }
    world.happened(app_approved(1)).await;
    for number in [1, 2] {
        world.happened(details_edited(number, "Renamed", Visibility::Private)).await;
    }
    let reader = world.caught_up().await;
    let review = async |reader: &Reader, app| apps::app(reader, id(app)).await.unwrap().value.unwrap().review;
    assert_eq!(
        (review(&reader, 1).await, review(&reader, 2).await),
        (Review::NotRequired, Review::NotRequired)
    );
    assert!(queue(&reader).await.is_empty());

    world.happened(details_edited(1, "Renamed", Visibility::Public)).await;
    let public = details_edited(2, "Renamed", Visibility::Public);
    world.done_by(person("ann"), [review_requested(2), public]).await;
    let reader = world.caught_up().await;
    assert_eq!((review(&reader, 1).await, review(&reader, 2).await), (Review::Approved, Review::Pending));
    assert_eq!(queue(&reader).await, [id(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_11_a_deleted_app_is_in_no_list_and_still_shows_when_and_by_whom() {
    let world = World::new();
    world.named("ann", "Ann Example").await;
    for number in [1, 2] {
        world.happened(AppCreated { review_required: true, ..app_created(number) }).await;
    }
    world.done_by(person("ann"), [app_deleted(1)]).await;
    let reader = world.caught_up().await;
    let list = apps::of_organization(&reader, id(1000), None, 10).await.unwrap().value.items;
    assert_eq!(list.iter().map(|app| app.app_id).collect::<Vec<_>>(), [id(2)]);
    assert_eq!((list[0].deleted_at, &list[0].deleted_by), (None, &None));
    assert_eq!(queue(&reader).await, [id(2)]);
    let app = apps::app(&reader, id(1)).await.unwrap().value.unwrap();
    assert!(app.deleted_at.unwrap() >= app.created_at);
    assert_eq!(app.deleted_by, Some(Who { id: "ann".into(), name: Some("Ann Example".into()) }));
    let history = versions::of_app(&reader, id(1), None, 10).await.unwrap().value;
    assert_eq!(history.items.len(), 1, "history is for ever");
}
