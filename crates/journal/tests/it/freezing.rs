//! Somebody stops in the middle of an append and stays so: it blocks nobody.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use chancery_journal::{Appender, BatcherSettings};
use tokio::sync::Semaphore;

use crate::{
    audit,
    child::Child,
    commands::{Compose, command},
    load::Load,
    proxy::{Proxy, Trap},
    world::{World, soon},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_frozen_at_any_byte_blocks_nobody() -> Result<()> {
    let world = World::new()?;
    let (proxy, bytes) = (Proxy::start(world.db.url()).await?, Arc::new(Semaphore::new(0)));
    proxy.set(Trap::Trickle(Arc::clone(&bytes)));
    let patient = BatcherSettings { deadline: Duration::from_mins(2), ..BatcherSettings::default() };
    let frozen = Appender::start(proxy.url(), &world.journal, patient)?;
    let frozen = tokio::spawn(async move { frozen.append(Arc::new(command().writes("frozen", 0, 1))).await });

    let length = soon("the call begins", proxy.request()).await??;
    for sent in 0..length {
        let other = world.append(command().writes("other", sent as u64, 1));
        soon(&format!("another append while {sent} of {length} bytes are sent"), other).await??;
        bytes.add_permits(1);
    }
    soon("the append that was frozen", frozen).await???;
    assert_eq!(world.journal.stream("frozen", 0).await?.len(), 1);
    assert_eq!(world.journal.stream("other", 0).await?.len(), length);
    audit::sound(world.db.url()).await
}

#[tokio::test]
async fn a_process_stopped_under_load_blocks_nobody() -> Result<()> {
    let (world, folder) = (World::new()?, tempfile::tempdir()?);
    let load = Load { source: 1, tasks: 16, commands: 10_000_000 };
    let mut child = Child::start(load, &folder.path().join("acks"), world.db.url())?;
    let mut version = 0;
    for round in 0..12_u64 {
        child.goes_on().await?;
        // Somewhere else in its work each time.
        tokio::time::sleep(Duration::from_micros(round * 1733 % 5000)).await;
        child.stop()?;
        for _ in 0..10 {
            let other = world.append(command().writes("other", version, 1));
            soon("an append while another process is stopped", other).await??;
            version += 1;
        }
        child.proceed()?;
    }
    child.kill9()?;
    ensure!(child.acks()?.len() > 12, "that was no load");
    assert_eq!(world.journal.stream("other", 0).await?.len() as u64, version);
    audit::sound(world.db.url()).await
}
