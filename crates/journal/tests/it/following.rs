//! A follower wakes when the head moves, whoever moved it, and asks nobody meanwhile.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use chancery_journal::{Appender, BatcherSettings, Journal};
use chancery_wire::Position;
use tokio::time::timeout;
use tokio_postgres::Client;

use crate::{
    child::Child,
    commands::{Compose, command},
    load::Load,
    proxy::Proxy,
    world::{World, eventually, soon},
};

const LISTENERS: &str = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'";

/// A journal that does nothing but listen, and waits already.
async fn listener(world: &World, url: &str) -> Result<Journal> {
    let journal = Journal::open(url, 1)?;
    // Its first look at the head comes after it listens, so what it sees proves both.
    let head = world.append(command().writes(&format!("s-{}", uuid::Uuid::now_v7()), 0, 1)).await?.position;
    soon("the listener listens", journal.follow().after(head.previous())).await?;
    Ok(journal)
}

#[tokio::test]
async fn a_follower_wakes_for_appends_of_its_own_process() -> Result<()> {
    let world = World::new()?;
    let mut follower = world.journal.follow();
    let told = tokio::spawn(async move { follower.after(Position::new(1)).await });
    world.append(command().writes("a", 0, 1)).await?;
    assert!(!told.is_finished());
    world.append(command().writes("a", 1, 2)).await?;
    assert_eq!(soon("the follower wakes", told).await??, Position::new(3));
    assert_eq!(world.journal.follow().head(), Position::new(3));
    Ok(())
}

#[tokio::test]
async fn a_follower_wakes_for_appends_of_another_process() -> Result<()> {
    let (world, folder) = (World::new()?, tempfile::tempdir()?);
    let journal = listener(&world, world.db.url()).await?;
    let mut follower = journal.follow();
    let load = Load { source: 1, tasks: 1, commands: 3 };
    let _child = Child::start(load, &folder.path().join("acks"), world.db.url())?;
    for position in 1..4 {
        let head = soon("the follower wakes", follower.after(Position::new(position))).await?;
        assert!(head > Position::new(position));
    }
    Ok(())
}

#[tokio::test]
async fn a_follower_behind_the_head_does_not_wait() -> Result<()> {
    let world = World::new()?;
    let journal = listener(&world, world.db.url()).await?;
    assert_eq!(soon("the head", journal.follow().after(Position::START)).await?, Position::new(1));
    Ok(())
}

#[tokio::test]
async fn a_follower_wakes_after_its_listener_was_terminated() -> Result<()> {
    let world = World::new()?;
    let journal = listener(&world, world.db.url()).await?;
    let superuser = world.superuser().await?;
    let mut follower = journal.follow();
    for round in 1..4 {
        superuser.execute(&format!("SELECT pg_terminate_backend(pid) {LISTENERS}"), &[]).await?;
        let appender = world.another_appender()?;
        appender.append(Arc::new(command().writes("a", round - 1, 1))).await?;
        soon("the follower wakes", follower.after(Position::new(round))).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_follower_learns_what_was_appended_while_it_was_cut_off() -> Result<()> {
    let world = World::new()?;
    let proxy = Proxy::start(world.db.url()).await?;
    let journal = listener(&world, proxy.url()).await?;
    proxy.open(false);
    world.append(command().writes("a", 0, 5)).await?;
    let mut follower = journal.follow();
    assert_eq!(follower.head(), Position::new(1));
    proxy.open(true);
    assert_eq!(soon("the follower wakes", follower.after(Position::new(1))).await?, Position::new(6));
    Ok(())
}

/// Every session of the database with the time of its latest statement.
async fn sessions(client: &Client) -> Result<Vec<(i32, jiff::Timestamp)>> {
    let rows = client.query(&format!("SELECT pid, state_change {LISTENERS} ORDER BY pid"), &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

#[tokio::test]
async fn a_follower_asks_nothing_while_nothing_happens() -> Result<()> {
    let world = World::new()?;
    let journal = listener(&world, world.db.url()).await?;
    let superuser = world.superuser().await?;
    // The listeners of both journals, and the appender.
    eventually("everybody is connected and idle", async || {
        Ok(sessions(&superuser).await?.len() == 3 && {
            let before = sessions(&superuser).await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
            before == sessions(&superuser).await?
        })
    })
    .await?;

    let before = sessions(&superuser).await?;
    let mut follower = journal.follow();
    let head = follower.head();
    assert!(timeout(Duration::from_secs(1), follower.after(head)).await.is_err(), "woken by nothing");
    assert_eq!(sessions(&superuser).await?, before, "somebody asked something");
    world.append(command().writes("a", 0, 1)).await?;
    soon("the follower wakes", follower.after(head)).await?;
    Ok(())
}

#[tokio::test]
async fn a_batch_wakes_followers_once() -> Result<()> {
    let world = World::new()?;
    let journal = listener(&world, world.db.url()).await?;
    let mut follower = journal.follow();
    let batch = (0..50).map(|number| command().writes(&format!("a-{number}"), 0, 1)).collect();
    world.together(batch).await?;
    // Another process sees one step: from before the batch to its end.
    let head = soon("the follower wakes", follower.after(Position::new(1))).await?;
    assert_eq!(head, Position::new(51));
    Ok(())
}

#[tokio::test]
async fn dropped_handles_leave_no_session_behind() -> Result<()> {
    let world = World::new()?;
    let superuser = world.superuser().await?;
    let journal = Journal::open(world.db.url(), 2)?;
    let appender = Appender::start(world.db.url(), &journal, BatcherSettings::default())?;
    appender.append(Arc::new(command())).await?;
    journal.head().await.context("reading")?;
    drop((journal, appender));
    // The world's own journal listens; it has neither read nor appended.
    eventually("the sessions are gone", async || Ok(sessions(&superuser).await?.len() == 1)).await
}
