//! An event that cannot be applied is parked, and later ones of its key wait; all others go on.

mod mending;
mod reading;
mod waiting;

use chancery_journal::{NewEvent, Role};
use chancery_views::{View, all, apps::Apps, connections::Connections, versions::Versions};
use chancery_wire::Position;

use crate::{
    events::{app_created, id, new_event, scopes_edited, tenant_added},
    world::{World, person},
};

/// Position, key and error of what is parked of a view.
pub async fn parked(world: &World, view: &dyn View) -> Vec<(Position, String, Option<String>)> {
    let sql = "SELECT position, key, error FROM projection_parked JOIN projection_pointers USING (schema_name) \
               WHERE projection = $1 ORDER BY position";
    let rows = world.client(Role::App).await.query(sql, &[&view.name()]).await.unwrap();
    rows.iter().map(|row| (Position::from_i64(row.get(0)), row.get(1), row.get(2))).collect()
}

/// As an operator wants it of an event, wherever it is parked.
pub async fn wanted(world: &World, what: &str, position: Position) {
    let client = world.client(Role::Views).await;
    let sql = "UPDATE projection_parked SET wanted = $1 WHERE position = $2";
    assert!(client.execute(sql, &[&what, &position.as_i64()]).await.unwrap() > 0);
    client.batch_execute("NOTIFY chancery_projections").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_decoded_is_parked_and_later_ones_of_its_key_wait() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let broken = NewEvent { data: r#"{"app_id": 7}"#.into(), ..new_event(&tenant_added(1, 10)) };
    let broken = world.append(person("ann"), vec![broken]).await;
    world.happened(app_created(2)).await;
    let waits = world.happened(tenant_added(1, 11)).await;
    let head = world.happened(tenant_added(2, 11)).await;
    world.caught_up().await;
    for view in [&Apps as &dyn View, &Connections] {
        let parked = parked(&world, view).await;
        let key = format!("app-{}", id(1));
        let error = parked[0].2.clone().unwrap();
        assert!(error.contains("event 2 cannot be decoded"), "{error}");
        assert_eq!(parked, [(broken, key.clone(), Some(error)), (waits, key, None)]);
        assert_eq!(world.checkpoint(view).await, head);
    }
    assert!(parked(&world, &Versions).await.is_empty(), "it does not want that event");
    let apps = &world.live(&Apps).await["app"];
    assert!(apps[0].contains("\"tenant_count\":0") && apps[1].contains("\"tenant_count\":1"), "{apps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_of_a_known_type_is_parked_too() {
    let world = World::new();
    let newer = NewEvent { schema_version: 99, ..new_event(&app_created(1).into()) };
    world.append(person("ann"), vec![newer]).await;
    world.caught_up().await;
    let error = parked(&world, &Apps).await[0].2.clone().unwrap();
    assert!(error.contains("schema version 99"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_names_the_field_or_the_constraint() {
    let world = World::new();
    let mut created = app_created(1);
    created.organization_id = "acme".into();
    world.happened(created).await;
    world.happened(app_created(2)).await;
    let twice = NewEvent { event_id: uuid::Uuid::now_v7(), ..new_event(&app_created(2).into()) };
    world.append(person("ann"), vec![twice]).await;
    world.caught_up().await;
    let parked = parked(&world, &Apps).await;
    let error = |at: usize| parked[at].2.clone().unwrap();
    assert!(error(0).contains("event 1 has no usable organization_id"), "{parked:?}");
    assert!(error(1).contains("duplicate key value violates unique constraint"), "{parked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_poison_event_among_many_is_found_and_all_others_are_applied() {
    let world = World::new();
    for number in 1..=40 {
        world.happened(app_created(number)).await;
    }
    for number in 1..=40 {
        let edited = new_event(&scopes_edited(number, 2, &["a:r"], &["a:r"], &[]));
        let data = if number % 13 == 0 { "{\"version\": true}".into() } else { edited.data.clone() };
        world.append(person("ann"), vec![NewEvent { data, ..edited }]).await;
        world.happened(scopes_edited(number, 3, &["b:r"], &["b:r"], &["a:r"])).await;
    }
    world.caught_up().await;
    for view in all() {
        let parked = parked(&world, view).await;
        let wants = [Apps.name(), Versions.name(), Connections.name()].contains(&view.name());
        assert_eq!(parked.len(), if wants { 6 } else { 0 }, "{}: {parked:?}", view.name());
        assert_eq!(parked.iter().filter(|parked| parked.2.is_some()).count(), parked.len() / 2);
        assert_eq!(world.live(view).await, world.rebuilt(view).await, "{}", view.name());
    }
    assert_eq!(world.live(&Versions).await["app_version"].len(), 40 * 3 - 6);
}
