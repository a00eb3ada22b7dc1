//! Who reads what is parked is told so, and not what was there before.

use chancery_journal::NewEvent;
use chancery_views::{At, ReadError, apps, connections, versions};
use chancery_wire::Position;

use crate::{
    events::{app_created, id, new_event, scopes_edited, tenant_added, tenant_registered},
    world::{World, person},
};

fn is_parked<T: std::fmt::Debug>(answer: Result<At<T>, ReadError>, expected: &str, at: Position) {
    match answer {
        Err(ReadError::Parked { key, position, .. }) => assert_eq!((&*key, position), (expected, at)),
        other => panic!("{expected} is parked: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_what_is_parked_says_so_and_all_else_is_read_on() {
    let world = World::new();
    world.happened(tenant_registered(10, &["production"])).await;
    world.happened(tenant_registered(11, &["production"])).await;
    for app in 1..=2 {
        world.happened(app_created(app)).await;
        world.happened(tenant_added(app, 10)).await;
    }
    world.happened(tenant_added(2, 11)).await;
    let broken =
        NewEvent { data: "{\"version\": true}".into(), ..new_event(&scopes_edited(1, 2, &[], &[], &[])) };
    let bad = world.append(person("ann"), vec![broken]).await;
    let reader = world.caught_up().await;
    let key = format!("app-{}", id(1));
    let (parked, other) = (id(1), id(2));
    is_parked(apps::app(&reader, parked).await, &key, bad);
    is_parked(versions::of_app(&reader, parked, None, 10).await, &key, bad);
    is_parked(connections::of_app(&reader, parked, None, 10).await, &key, bad);
    let instance = |tenant_id| chancery_views::Instance { tenant_id, environment: "production".into() };
    is_parked(connections::listed_app(&reader, &instance(10), parked).await, &key, bad);
    // An item of a page.
    is_parked(connections::for_tenant(&reader, &instance(10), None, 10).await, &key, bad);

    assert!(apps::app(&reader, other).await.unwrap().value.is_some());
    assert_eq!(versions::of_app(&reader, other, None, 10).await.unwrap().value.items.len(), 1);
    assert_eq!(connections::of_app(&reader, other, None, 10).await.unwrap().value.items.len(), 2);
    assert_eq!(connections::for_tenant(&reader, &instance(11), None, 10).await.unwrap().value.items.len(), 1);
    // Behind the parked one on the page that begins after it.
    let after = connections::for_tenant(&reader, &instance(10), Some(parked), 10).await.unwrap();
    assert_eq!(after.value.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_because_its_first_event_is_parked_is_not_said_to_be_missing() {
    let world = World::new();
    let broken = NewEvent { data: "{\"app_id\": 7}".into(), ..new_event(&app_created(1).into()) };
    let bad = world.append(person("ann"), vec![broken]).await;
    let broken = NewEvent { data: "{\"name\": 7}".into(), ..new_event(&tenant_registered(10, &[])) };
    let tenant = world.append(person("ann"), vec![broken]).await;
    let reader = world.caught_up().await;
    is_parked(apps::app(&reader, id(1)).await, &format!("app-{}", id(1)), bad);
    is_parked(chancery_views::directory::tenant(&reader, 10).await, "tenant-10", tenant);
    assert!(apps::app(&reader, id(2)).await.unwrap().value.is_none());
    assert!(chancery_views::directory::tenant(&reader, 11).await.unwrap().value.is_none());
}
