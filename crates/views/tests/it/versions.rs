use chancery_views::versions;

use crate::{
    events::{app_created, id, scopes, scopes_edited},
    world::{World, person},
};

#[tokio::test(flavor = "multi_thread")]
async fn rule_08_history_shows_every_version_with_what_it_changed_and_who_did_it() {
    let world = World::new();
    world.named("ann", "Ann Example").await;
    world.done_by(person("ann"), [app_created(1).into()]).await;
    world.done_by(person("bob"), [scopes_edited(1, 2, &["a.b:r"], &["a.b:r"], &["crm.contacts:r"])]).await;
    world.happened(app_created(2)).await;
    let reader = world.caught_up().await;

    let first = versions::of_app(&reader, id(1), None, 1).await.unwrap().value;
    let second = versions::of_app(&reader, id(1), first.next, 1).await.unwrap().value;
    assert_eq!(second.next, None);
    let (newest, oldest) = (&first.items[0], &second.items[0]);
    assert_eq!((newest.version, &newest.scopes), (2, &scopes(&["a.b:r"])));
    assert_eq!((&newest.added, &newest.removed), (&scopes(&["a.b:r"]), &scopes(&["crm.contacts:r"])));
    assert_eq!(newest.created_by.name.as_deref(), Some("forgotten"));
    assert_eq!((oldest.version, &oldest.added), (1, &scopes(&["crm.contacts:r"])));
    assert!(oldest.removed.is_empty());
    assert_eq!(oldest.created_by.name.as_deref(), Some("Ann Example"));
    assert!(oldest.created_at <= newest.created_at);
}
