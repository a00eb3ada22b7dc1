//! Streams that are not this log's are left alone.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use async_nats::{
    HeaderMap,
    jetstream::{
        self,
        stream::{Config, StorageType},
    },
};
use chancery_relay::{Status, reset, status};
use chancery_wire::{Position, headers};
use uuid::Uuid;

use crate::world::World;

/// Makes the stream before the relay does, as it would but for what `change` does.
async fn stream_made_by_hand(world: &World, change: impl FnOnce(&mut Config)) -> Result<jetstream::Context> {
    let log_id = world.journal.head().await?.log_id.to_string();
    let mut config = Config {
        name: world.topology.stream.clone(),
        subjects: vec![world.topology.all_events()],
        deny_delete: true,
        deny_purge: true,
        metadata: [("chancery-log-id".to_owned(), log_id)].into(),
        ..Config::default()
    };
    change(&mut config);
    let jetstream = jetstream::new(world.relay_client().await?);
    jetstream.create_stream(config).await?;
    Ok(jetstream)
}

/// Publishes the log's first event under other headers, as a stream that went another way would have it.
async fn publish_by_hand(
    world: &World,
    jetstream: &jetstream::Context,
    change: impl Fn(&mut HeaderMap),
) -> Result<()> {
    let event = world.journal.event(Position::new(1)).await?.context("the first event")?;
    let log_id = world.journal.head().await?.log_id;
    let mut map = HeaderMap::new();
    for (name, value) in headers::encode(&event, log_id) {
        map.insert(name, value);
    }
    change(&mut map);
    let subject = world.topology.event_subject(&event);
    jetstream.publish_with_headers(subject, map, event.data).await?.await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_another_log_is_refused_and_left_as_it_is_until_a_reset() -> Result<()> {
    let world = World::new()?;
    let other = Uuid::now_v7().to_string();
    let jetstream = stream_made_by_hand(&world, |config| {
        config.metadata.insert("chancery-log-id".to_owned(), other.clone());
    })
    .await?;
    let head = world.append(10).await?;
    let mut relay = world.relay().await?;
    assert_eq!(relay.refused().await?, "stream_of_other_log");
    let state = jetstream.get_stream(&world.topology.stream).await?.cached_info().state.clone();
    assert_eq!(state.last_sequence, 0);

    let report = status(&jetstream.client(), &world.journal, &world.topology, 1).await?;
    assert_eq!(report.verdict, "stream_of_other_log");
    assert_eq!(report.stream_log_id.map(|id| id.to_string()), Some(other));
    assert!(report.advice.is_some_and(|advice| advice.contains("chancery relay reset")));

    reset(&jetstream.client(), &world.journal, &world.topology, 1).await?;
    world.published(head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_another_log_is_refused_though_the_stream_is_ours() -> Result<()> {
    let world = World::new()?;
    world.append(1).await?;
    let jetstream = stream_made_by_hand(&world, |_| {}).await?;
    publish_by_hand(&world, &jetstream, |map| map.insert(headers::LOG, Uuid::now_v7().to_string())).await?;
    assert_eq!(world.relay().await?.refused().await?, "stream_of_other_log");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_holds_another_event_at_its_end_is_refused() -> Result<()> {
    let world = World::new()?;
    world.append(2).await?;
    let jetstream = stream_made_by_hand(&world, |_| {}).await?;
    publish_by_hand(&world, &jetstream, |map| map.insert("ce-id", Uuid::now_v7().to_string())).await?;
    assert_eq!(world.relay().await?.refused().await?, "stream_diverged");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_ahead_of_the_log_is_refused() -> Result<()> {
    let world = World::new()?;
    world.append(1).await?;
    let jetstream = stream_made_by_hand(&world, |_| {}).await?;
    publish_by_hand(&world, &jetstream, |_| {}).await?;
    publish_by_hand(&world, &jetstream, |_| {}).await?;
    assert_eq!(world.relay().await?.refused().await?, "stream_ahead_of_log");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_the_logs_beginning_is_refused() -> Result<()> {
    let world = World::new()?;
    world.append(9).await?;
    stream_made_by_hand(&world, |config| config.first_sequence = Some(5)).await?;
    assert_eq!(world.relay().await?.refused().await?, "stream_incomplete");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_may_be_purged_or_forgets_is_refused_by_what_differs() -> Result<()> {
    let world = World::new()?;
    stream_made_by_hand(&world, |config| {
        config.deny_purge = false;
        config.max_messages = 1_000;
        config.storage = StorageType::Memory;
    })
    .await?;
    let mut relay = world.relay().await?;
    assert_eq!(relay.refused().await?, "stream_config_differs");
    let said = relay.status.borrow().to_string();
    let differences = "storage is \"memory\", and must be \"file\"; max_msgs is 1000, and must be -1; \
                       deny_purge is unset, and must be true";
    assert!(said.contains(differences), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_begins_to_forget_under_a_running_relay_is_refused_until_it_is_corrected() -> Result<()>
{
    let world = World::new()?;
    let mut relay = world.relay().await?;
    let head = world.append(3).await?;
    world.published(head).await?;

    let jetstream = jetstream::new(world.relay_client().await?);
    let found = jetstream.get_stream(&world.topology.stream).await?.cached_info().config.clone();
    jetstream.update_stream(Config { max_age: Duration::from_hours(1), ..found.clone() }).await?;
    assert_eq!(relay.refused().await?, "stream_config_differs");
    let said = relay.status.borrow().to_string();
    assert!(said.contains("max_age is 3600000000000, and must be 0"), "{said}");

    jetstream.update_stream(found).await?;
    relay.becomes(|status| matches!(status, Status::Publishing { .. })).await?;
    let head = world.append(3).await?;
    world.published(head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_made_by_the_committed_configuration_is_taken() -> Result<()> {
    let world = World::new()?;
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/stream.json");
    let committed: Config = serde_json::from_str(&fs::read_to_string(committed)?)?;
    stream_made_by_hand(&world, |config| {
        let (name, subjects, metadata) =
            (config.name.clone(), config.subjects.clone(), config.metadata.clone());
        *config = Config { name, subjects, metadata, ..committed };
    })
    .await?;
    let head = world.append(10).await?;
    let _relay = world.relay().await?;
    world.published(head).await
}
