//! NATS dies, and loses what it had.

use std::{os::unix::fs::PermissionsExt, path::Path, process::Command};

use anyhow::{Result, ensure};
use async_nats::jetstream;
use chancery_devkit::{Nats, NatsOptions};
use chancery_relay::{Status, reset};
use tempfile::TempDir;

use crate::world::World;

/// A NATS server of the test's own, and the folder where its data stays.
fn server() -> Result<(Nats, TempDir)> {
    let folder = tempfile::tempdir_in("/tmp")?;
    // The server runs under an account of its own.
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755))?;
    let nats = Nats::start_with(&NatsOptions { keep_in: Some(folder.path().into()), port: None })?;
    Ok((nats, folder))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    ensure!(Command::new("cp").arg("-a").arg(from).arg(to).status()?.success(), "copying {}", from.display());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_killed_under_load_loses_and_doubles_nothing() -> Result<()> {
    let (nats, _folder) = server()?;
    let world = World::on(&nats)?;
    let relay = world.relay().await?;
    for _ in 0..3 {
        world.append(700).await?;
        nats.kill9();
        world.append(50).await?;
        nats.start_again()?;
    }
    let head = world.append(1).await?;
    world.published(head).await?;
    drop(relay);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_lost_its_tail_is_refilled_by_the_relay_that_runs() -> Result<()> {
    let (nats, folder) = server()?;
    let (store, older) = (folder.path().join("nats"), folder.path().join("older"));
    let world = World::on(&nats)?;
    let _relay = world.relay().await?;
    let head = world.append(400).await?;
    world.published(head).await?;
    nats.stop();
    copy(&store, &older)?;
    nats.start_again()?;
    let head = world.append(800).await?;
    world.published(head).await?;

    nats.kill9();
    std::fs::remove_dir_all(&store)?;
    copy(&older, &store)?;
    nats.start_again()?;
    // Nothing new happens: the relay finds out by itself.
    world.published(head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_deleted_by_an_admin_is_reported_and_a_reset_heals_it() -> Result<()> {
    let world = World::new()?;
    let mut relay = world.relay().await?;
    let head = world.append(300).await?;
    world.published(head).await?;
    let admin = world.relay_client().await?;
    jetstream::new(admin.clone()).delete_stream(&world.topology.stream).await?;
    assert_eq!(relay.refused().await?, "stream_missing");

    let report = reset(&admin, &world.journal, &world.topology, 1).await?;
    assert_eq!((report.verdict, report.head), ("in_step", head));
    relay.becomes(|status| *status == Status::Publishing { position: head, lag: 0 }).await?;
    world.published(head).await
}
