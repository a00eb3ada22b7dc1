//! Many who want the same stream.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Result, ensure};
use chancery_journal::{AppendError, Appender};
use futures_util::future::try_join_all;

use crate::{
    commands::{Compose, command},
    world::{World, soon},
};

const APPENDERS: usize = 64;
const VERSIONS: u64 = 20;

/// Tries each version in turn, and returns those it won.
async fn contend(appender: Appender) -> Result<Vec<(u64, uuid::Uuid)>> {
    let mut won = Vec::new();
    for version in 0..VERSIONS {
        let attempt = Arc::new(command().writes("wanted", version, 1));
        match appender.append(Arc::clone(&attempt)).await {
            Ok(_) => won.push((version + 1, attempt.command_id)),
            Err(AppendError::Conflict) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(won)
}

async fn each_version_has_one_winner(world: &World, appenders: Vec<Appender>) -> Result<()> {
    let contenders = appenders.into_iter().map(|appender| tokio::spawn(contend(appender)));
    let won = soon("everybody tried every version", try_join_all(contenders)).await??;
    let mut winners = BTreeMap::new();
    for (version, id) in won.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten() {
        ensure!(winners.insert(version, id).is_none(), "two won version {version}");
    }
    let log: BTreeMap<_, _> =
        world.log().await?.iter().map(|event| (event.version, event.command_id)).collect();
    assert_eq!(log.len() as u64, VERSIONS);
    assert_eq!(log, winners, "who was told so stands in the log");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_appenders_on_one_stream_exactly_one_wins_each_version() -> Result<()> {
    let world = World::new()?;
    let appenders = (0..APPENDERS).map(|_| world.another_appender()).collect::<Result<_>>()?;
    each_version_has_one_winner(&world, appenders).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_callers_of_one_appender_exactly_one_wins_each_version() -> Result<()> {
    let world = World::new()?;
    let appenders = vec![world.appender.clone(); APPENDERS];
    each_version_has_one_winner(&world, appenders).await
}
