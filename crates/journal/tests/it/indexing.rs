//! The keys that filters go by: a projection that any number of processes keep up, and that may be lost.

use anyhow::Result;
use chancery_journal::{Filter, Indexed, Indexer, Role, config_for};
use chancery_wire::Position;
use futures_util::future::try_join_all;
use tokio::sync::watch;
use tokio_postgres::{Client, NoTls};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    commands::{Compose, command},
    filters::fill,
    world::{World, soon},
};

/// A session of the role that keeps the keys up.
async fn keeper(world: &World) -> Result<Client> {
    let (client, connection) = config_for(world.db.url(), Role::Views)?.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn index(client: &Client, most: i32) -> Result<i64> {
    Ok(client.query_one("SELECT index_events($1)", &[&most]).await?.get(0))
}

/// Every key as a word with its positions, to compare.
async fn keys(world: &World) -> Result<Vec<(i64, i64)>> {
    let rows =
        world.superuser().await?.query("SELECT key, position FROM event_keys ORDER BY 1, 2", &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

async fn reaches(progress: &mut watch::Receiver<Indexed>, position: u64) -> Result<()> {
    let there = |indexed: &Indexed| indexed.position == Position::new(position);
    soon("the keys are kept up", progress.wait_for(there)).await??;
    Ok(())
}

#[tokio::test]
async fn the_keys_are_the_same_in_whichever_batches_they_are_written() -> Result<()> {
    let world = World::new()?;
    fill(&world, 1, 100).await?;
    let client = keeper(&world).await?;
    assert_eq!(index(&client, 1000).await?, 100);
    let at_once = keys(&world).await?;
    client.batch_execute("SELECT forget_event_keys()").await?;
    assert_eq!(keys(&world).await?, []);
    let mut reached = Vec::new();
    for most in [0, 1, 7, 50, 1000, 1000] {
        reached.push(index(&client, most).await?);
    }
    assert_eq!(reached, [0, 1, 8, 58, 100, 100]);
    assert_eq!(keys(&world).await?, at_once);
    Ok(())
}

#[tokio::test]
async fn of_several_keepers_one_is_at_it_and_the_others_go_by() -> Result<()> {
    let world = World::new()?;
    fill(&world, 1, 300).await?;
    let (busy, other) = (keeper(&world).await?, keeper(&world).await?);
    busy.batch_execute("BEGIN; SELECT index_events(10)").await?;
    assert_eq!(index(&other, 10).await?, 0, "it waits for nobody");
    busy.batch_execute("COMMIT").await?;
    assert_eq!(index(&other, 10).await?, 20);
    let rush = try_join_all((0..4).map(|_| keeper(&world))).await?;
    try_join_all(rush.iter().map(async |keeper| {
        while index(keeper, 3).await? < 300 {}
        anyhow::Ok(())
    }))
    .await?;
    let together = keys(&world).await?;
    other.batch_execute("SELECT forget_event_keys(); SELECT index_events(300)").await?;
    assert_eq!(together, keys(&world).await?);
    Ok(())
}

#[tokio::test]
async fn what_was_begun_and_not_committed_is_not_seen() -> Result<()> {
    let world = World::new()?;
    fill(&world, 1, 60).await?;
    let filter = Filter { category: Some("tenant".into()), ..Filter::default() };
    let found = world.journal.select(&filter, Position::START, 100).await?;
    let client = keeper(&world).await?;
    client.batch_execute("BEGIN; SELECT index_events(40)").await?;
    assert_eq!(world.journal.select(&filter, Position::START, 100).await?, found);
    client.batch_execute("ROLLBACK; SELECT index_events(20)").await?;
    assert_eq!(world.journal.select(&filter, Position::START, 100).await?, found);
    Ok(())
}

#[tokio::test]
async fn an_indexer_follows_the_log_and_stops_when_told() -> Result<()> {
    let world = World::new()?;
    fill(&world, 1, 30).await?;
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let indexers =
        [Indexer::new(world.db.url(), &world.journal)?, Indexer::new(world.db.url(), &world.journal)?];
    let mut progress = indexers[0].progress();
    for indexer in indexers {
        tasks.spawn(indexer.run(stop.clone()));
    }
    reaches(&mut progress, 30).await?;
    world.append(command().writes("new", 0, 5)).await?;
    reaches(&mut progress, 35).await?;
    stop.cancel();
    tasks.close();
    soon("the indexers stop", tasks.wait()).await
}

#[tokio::test]
async fn an_indexer_goes_on_when_its_connection_breaks() -> Result<()> {
    let world = World::new()?;
    let indexer = Indexer::new(world.db.url(), &world.journal)?;
    let (mut progress, stop) = (indexer.progress(), CancellationToken::new());
    let task = tokio::spawn(indexer.run(stop.clone()));
    fill(&world, 1, 10).await?;
    reaches(&mut progress, 10).await?;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE '%index_events%' AND pid <> pg_backend_pid()";
    assert_eq!(world.superuser().await?.query(end, &[]).await?.len(), 1);
    world.append(command().writes("new", 0, 5)).await?;
    soon("it tells that it does not", progress.wait_for(|indexed| indexed.error.is_some())).await??;
    reaches(&mut progress, 15).await?;
    stop.cancel();
    Ok(soon("it stops", task).await??)
}
