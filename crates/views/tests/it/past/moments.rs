//! What depends on the moment, and on nothing else.

use chancery_journal::{At, Moment, Role};
use chancery_views::{ConnectionState, Reader, connections::Secret};
use chancery_wire::{Actor, Position, v1::SecretGenerated};
use jiff::{Timestamp, ToSpan};

use crate::{
    connections::{listed, one},
    events::{connected, id, secret, tenant_removed},
    world::World,
};

async fn at(world: &World, position: Position) -> Moment {
    world.journal.moment(At::Position(position)).await.unwrap()
}

async fn secrets(reader: &Reader) -> Vec<Secret> {
    one(reader, 1, 10, "production").await.secrets
}

/// App 1 is connected to tenant 10, with a secret that another replaced an hour before it was to retire.
async fn replaced() -> (World, Moment) {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(secret(1, 10, "production", 1)).await;
    let retires = Timestamp::now() + 1.hour();
    let next = SecretGenerated {
        previous_secret_id: id(1).to_string(),
        previous_retires_at: Some(retires.into()),
        ..secret(1, 10, "production", 2)
    };
    let position = world.happened(next).await;
    let replaced = at(&world, position).await;
    (world, replaced)
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_19_a_secret_is_shown_until_the_moment_that_it_retires() {
    let (world, replaced) = replaced().await;
    let reader = Reader::new(world.journal.clone(), None);
    let shown = secrets(&reader.as_of(replaced)).await;
    assert_eq!(shown.len(), 2);
    let retires = shown[0].retires_at.unwrap();
    for (time, live) in [(retires - 1.microsecond(), 2), (retires, 1), (retires + 1.hour(), 1)] {
        assert_eq!(secrets(&reader.as_of(Moment { time, ..replaced })).await.len(), live, "{time}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_of_a_secret_is_shown_from_then_on() {
    let (world, replaced) = replaced().await;
    let used = replaced.time + 1.minute();
    let client = world.client(Role::App).await;
    let sql = "INSERT INTO secret_uses (secret_id, last_used_at) VALUES ($1, $2)";
    client.execute(sql, &[&id(2), &used]).await.unwrap();
    let reader = Reader::new(world.journal.clone(), None);
    let last_used = async |moment| secrets(&reader.as_of(moment)).await[1].last_used_at;
    assert_eq!(last_used(Moment { time: used, ..replaced }).await, Some(used));
    // It may have been used before too: only the last use is known.
    assert_eq!(last_used(replaced).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_those_of_today() {
    let world = listed().await;
    world.named("adm", "Ada Min").await;
    let actor = Actor { kind: "person".into(), id: "adm".into() };
    let position = world.done_by(actor, [connected(1, 10, "production", 1).into()]).await;
    let reader = Reader::new(world.journal.clone(), None).as_of(at(&world, position).await);
    let name = async || one(&reader, 1, 10, "production").await.updated_by.unwrap().name;
    assert_eq!(name().await.as_deref(), Some("Ada Min"));
    world.forgotten("adm").await;
    assert_eq!(name().await.as_deref(), Some("forgotten"));
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_log_there_was_nothing() {
    let world = listed().await;
    let reader = Reader::new(world.journal.clone(), None).as_of(at(&world, Position::START).await);
    let app = chancery_views::apps::app(&reader, id(1)).await.unwrap();
    assert_eq!((app.position, app.value), (Position::START, None));
    let page = chancery_views::connections::of_app(&reader, id(1), None, 10).await.unwrap();
    assert!(page.value.items.is_empty() && page.value.next.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_present_is_read_as_ever_on_a_connection_that_read_the_past() {
    let world = listed().await;
    let listed = world.journal.head().await.unwrap().position;
    let was = at(&world, listed).await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(tenant_removed(1, 10)).await;
    let connected = at(&world, listed.next()).await;
    world.caught_up().await;
    let journal = chancery_journal::Journal::open(world.url(), 1).unwrap();
    let reader = Reader::new(journal.clone(), None);
    let state = async |reader: &Reader| one(reader, 1, 10, "production").await.state;
    for _ in 0..3 {
        assert_eq!(state(&reader.as_of(was)).await, ConnectionState::NotConnected);
        assert_eq!(state(&reader).await, ConnectionState::Connected);
        assert_eq!(state(&reader.as_of(connected)).await, ConnectionState::Connected);
    }
    let left = "SELECT count(*) FROM pg_class WHERE relpersistence = 't'";
    let left: i64 = journal.client().await.unwrap().query_one(left, &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}
