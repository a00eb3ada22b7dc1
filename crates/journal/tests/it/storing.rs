//! What the log keeps of a command, and what it answers when the command comes again.

use std::sync::Arc;

use anyhow::{Context, Result};
use chancery_journal::{AppendError, StoredCommand};
use chancery_wire::{Actor, Position};
use futures_util::future::join_all;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    commands::{Compose, command, event},
    world::World,
};

#[tokio::test]
async fn every_column_comes_back_as_it_went_in() -> Result<()> {
    let world = World::new()?;
    let (app, causation) = (Uuid::now_v7(), Uuid::now_v7());
    let mut full = command().writes("connection-1", 0, 1);
    full.causation_id = Some(causation);
    full.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into());
    full.actor = Actor { kind: "token".into(), id: "t-ünï".into() };
    full.events[0].key_app = Some(app);
    full.events[0].key_tenant = Some(i64::MAX.cast_unsigned());
    full.events[0].schema_version = 3;
    full.events[0].category = "connection";
    full.events[0].event_type = "TenantConnected";
    let appended = world.append(full.clone()).await?;

    let found = world.journal.event(appended.position).await?.context("no event")?;
    assert_eq!(found.event_id, full.events[0].event_id);
    assert_eq!((found.stream.as_str(), found.version), ("connection-1", 1));
    assert_eq!((found.category.as_str(), found.event_type.as_str()), ("connection", "TenantConnected"));
    assert_eq!(found.schema_version, 3);
    assert_eq!(found.recorded_at, appended.recorded_at);
    assert_eq!((found.key_app, found.key_tenant), (Some(app), full.events[0].key_tenant));
    assert_eq!(found.actor, full.actor);
    assert_eq!((found.command_id, found.correlation_id), (full.command_id, full.correlation_id));
    assert_eq!((found.causation_id, found.traceparent), (Some(causation), full.traceparent));
    assert_eq!(found.data, full.events[0].data);
    Ok(())
}

#[tokio::test]
async fn an_accepted_command_is_kept_with_its_answer_and_positions() -> Result<()> {
    let world = World::new()?;
    world.append(command().writes("before", 0, 1)).await?;
    let accepted = command().writes("a", 0, 3);
    let appended = world.append(accepted.clone()).await?;
    let kept = world.journal.command(accepted.command_id).await?;
    let wanted = StoredCommand {
        request_hash: vec![7; 32],
        status: 201,
        answer: accepted.answer,
        first_position: Some(Position::new(2)),
        last_position: Position::new(4),
        recorded_at: appended.recorded_at,
    };
    assert_eq!(kept, Some(wanted));
    Ok(())
}

#[tokio::test]
async fn a_command_that_changes_nothing_is_kept_at_the_head() -> Result<()> {
    let world = World::new()?;
    let first = command();
    assert_eq!(world.append(first.clone()).await?.position, Position::START);
    world.append(command().writes("a", 0, 2)).await?;
    let second = command();
    assert_eq!(world.append(second.clone()).await?.position, Position::new(2));

    for (id, last) in [(first.command_id, 0), (second.command_id, 2)] {
        let kept = world.journal.command(id).await?.context("not kept")?;
        assert_eq!((kept.first_position, kept.last_position), (None, Position::new(last)));
    }
    assert!(matches!(world.append(second).await, Err(AppendError::Duplicate)));
    Ok(())
}

#[tokio::test]
async fn a_command_that_comes_again_is_a_duplicate_whatever_it_says_now() -> Result<()> {
    let world = World::new()?;
    let original = command().writes("a", 0, 1);
    world.append(original.clone()).await?;
    let mut other = command().writes("b", 0, 1);
    other.command_id = original.command_id;
    other.answer = "other".into();
    // The same again: its stream has moved on, but by itself. It was seen, it did not lose.
    for again in [original.clone(), other] {
        assert!(matches!(world.append(again).await, Err(AppendError::Duplicate)));
    }
    let kept = world.journal.command(original.command_id).await?.context("not kept")?;
    assert_eq!(kept.answer, original.answer);
    assert_eq!(world.head().await?, Position::new(1));
    Ok(())
}

#[tokio::test]
async fn a_refused_command_is_not_kept_and_may_come_again_under_its_id() -> Result<()> {
    let world = World::new()?;
    let mut refused = command().writes("a", 3, 1);
    assert!(matches!(world.append(refused.clone()).await, Err(AppendError::Conflict)));
    assert_eq!(world.journal.command(refused.command_id).await?, None);
    refused.touches[0].version = 0;
    world.append(refused.clone()).await?;
    assert!(world.journal.command(refused.command_id).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn of_one_command_twice_in_a_batch_one_is_accepted() -> Result<()> {
    let world = World::new()?;
    // On one stream, on none, and under one id with different content.
    let (writes, nothing) = (command().writes("a", 0, 1), command());
    let mut other = command().writes("b", 0, 1);
    other.command_id = nothing.command_id;
    let batch = vec![writes.clone(), writes, nothing.clone(), nothing, other, command().writes("c", 0, 1)];
    let answers = world.together(batch).await?;
    let duplicates: Vec<_> =
        answers.iter().map(|answer| matches!(answer, Err(AppendError::Duplicate))).collect();
    assert_eq!(duplicates, [false, true, false, true, true, false], "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3, "{answers:?}");
    assert_eq!(world.log().await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn of_one_command_through_many_appenders_one_is_accepted() -> Result<()> {
    let world = World::new()?;
    let same = Arc::new(command().writes("a", 0, 2));
    let appenders = (0..8).map(|_| world.another_appender()).collect::<Result<Vec<_>>>()?;
    let answers = join_all(appenders.iter().map(|appender| appender.append(Arc::clone(&same)))).await;
    let accepted = answers.iter().filter(|answer| answer.is_ok()).count();
    let duplicates = answers.iter().filter(|answer| matches!(answer, Err(AppendError::Duplicate))).count();
    assert_eq!((accepted, duplicates), (1, 7), "{answers:?}");
    assert_eq!(world.log().await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn an_event_of_the_largest_size_and_more_is_kept_whole() -> Result<()> {
    let world = World::new()?;
    let large = format!(r#"{{"text":"{}"}}"#, "ö".repeat(300 * 1024));
    let mut batch = vec![command().writes("small", 0, 1)];
    batch.extend((0..20).map(|number| command().says(&format!("large-{number}"), &large)));
    let answers = world.together(batch).await?;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let log = world.log().await?;
    assert_eq!(log.len(), 21);
    assert!(log[1..].iter().all(|event| event.data == large));
    Ok(())
}

#[tokio::test]
async fn recorded_at_never_goes_back_when_the_clock_does() -> Result<()> {
    let world = World::new()?;
    world.append(command().writes("a", 0, 1)).await?;
    let ahead: Timestamp = "2100-01-01T00:00:00.123456Z".parse()?;
    world.superuser().await?.execute("UPDATE head SET recorded_at = $1", &[&ahead]).await?;
    for version in 1..4 {
        assert_eq!(world.append(command().writes("a", version, 1)).await?.recorded_at, ahead);
    }
    let times: Vec<_> = world.log().await?.iter().map(|event| event.recorded_at).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(world.journal.head().await?.recorded_at, ahead);
    Ok(())
}

#[tokio::test]
async fn an_event_id_is_unique_for_the_logs_life() -> Result<()> {
    let world = World::new()?;
    let first = command().writes("a", 0, 1);
    let mut second = command().guards("b", 0);
    second.events.push(event("b", "{}".into()));
    second.events[0].event_id = first.events[0].event_id;
    world.append(first).await?;
    assert!(matches!(world.append(second).await, Err(AppendError::Refused(_))));
    assert_eq!(world.log().await?.len(), 1);
    Ok(())
}
