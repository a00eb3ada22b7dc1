//! Getting the log out.

use anyhow::{Context, Result};
use async_nats::jetstream;
use chancery_devkit::{Nats, NatsOptions};
use chancery_relay::Status;
use chancery_wire::{Head, Position, headers};
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::world::{DEADLINE, World};

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_published_at_the_sequence_of_its_position() -> Result<()> {
    let world = World::new()?;
    world.append(2_500).await?;
    let mut relay = world.relay().await?;
    let head = world.append(600).await?;
    relay.becomes(|status| *status == Status::Publishing { position: head, lag: 0 }).await?;
    world.published(head).await?;
    assert_eq!(relay.stats.published(), head.get());
    assert_eq!(relay.stats.position(), head);
    assert_eq!(relay.stats.conflicts(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_starts_on_an_empty_log_waits_for_the_first_event() -> Result<()> {
    let world = World::new()?;
    let mut relay = world.relay().await?;
    let start = Status::Publishing { position: Position::START, lag: 0 };
    relay.becomes(|status| *status == start).await?;
    let head = world.append(1).await?;
    world.published(head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_envelope_and_the_data_go_through_the_stream_byte_for_byte() -> Result<()> {
    let world = World::new()?;
    // Spaces, an escape that need not be one, and a field that this build does not know.
    let data = r#"{ "added": ["tn.crm.jobs:r"],  "a_field_of_tomorrow": {"n": 1e3, "s": "\u00e9"} }"#;
    world.append_data(std::iter::once(data.to_owned())).await?;
    let _relay = world.relay().await?;
    world.published(Position::new(1)).await?;
    let stream = jetstream::new(world.reader_client().await?).get_stream(&world.topology.stream).await?;
    let message = stream.get_raw_message(1).await?;
    let get = |name| message.headers.get(name).map(async_nats::HeaderValue::as_str);
    let (log_id, event) = headers::decode(&message.subject, get, message.payload.clone())?;
    assert_eq!(log_id, world.journal.head().await?.log_id);
    assert_eq!(Some(&event), world.journal.event(Position::new(1)).await?.as_ref());
    assert_eq!(event.data, data.as_bytes());
    assert_eq!(get("Content-Type"), Some("application/json"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_is_announced_to_everyone() -> Result<()> {
    let world = World::new()?;
    let mut heads = world.reader_client().await?.subscribe(world.topology.head_subject()).await?;
    let head = world.append(7).await?;
    let _relay = world.relay().await?;
    let message = timeout(DEADLINE, heads.next()).await?.context("the connection ended")?;
    let announced: Head = serde_json::from_slice(&message.payload)?;
    assert_eq!((announced.log_id, announced.position), (world.journal.head().await?.log_id, head));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_do_not_notice_that_nats_is_away_and_the_relay_catches_up_when_it_comes() -> Result<()> {
    let folder = tempfile::tempdir_in("/tmp")?;
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let nats = Nats::start_with(&NatsOptions { keep_in: Some(folder.path().into()), port: None })?;
    nats.kill9();
    let world = World::on(&nats)?;
    let mut relay = world.relay().await?;
    relay.becomes(|status| status.code() == "nats_unreachable").await?;
    let head = world.append(300).await?;
    nats.start_again()?;
    world.published(head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_may_not_publish_an_event_or_a_head() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let head = world.append(3).await?;
    world.published(head).await?;
    let reader = world.reader_client().await?;
    let mut listener = world.relay_client().await?.subscribe(world.topology.head_subject()).await?;
    let event = world.journal.event(head).await?.context("the event")?;
    reader.publish(world.topology.event_subject(&event), "{}".into()).await?;
    reader.publish(world.topology.head_subject(), "forged".into()).await?;
    reader.flush().await?;
    let next = timeout(DEADLINE, listener.next()).await?.context("the connection ended")?;
    assert_ne!(&*next.payload, b"forged");
    world.published(head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_under_a_user_who_may_not_publish_says_so() -> Result<()> {
    let world = World::new()?;
    let relay = world.relay().await?;
    let head = world.append(3).await?;
    world.published(head).await?;
    relay.cancel().await;
    let mut relay = world.relay_on(world.reader_client().await?);
    world.append(1).await?;
    assert_eq!(relay.refused().await?, "publish_not_acknowledged");
    world.published(head).await
}
