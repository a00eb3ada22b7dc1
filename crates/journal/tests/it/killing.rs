//! Kill -9 at random moments: nothing acknowledged is lost, nothing is doubled.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use chancery_devkit::Postgres;
use chancery_journal::{Appender, Journal};
use tokio_util::sync::CancellationToken;

use crate::{
    audit,
    child::Child,
    load::{Load, Worker},
    world::{database, database_on, eventually, in_pairs, soon, superuser},
};

/// More than anyone will do before they are killed.
const ENDLESS: u64 = 10_000_000;

/// Random moments that come again: the same numbers for the same seed.
struct Moments(u64);

impl Moments {
    async fn wait(&mut self, at_most: u64) {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        tokio::time::sleep(Duration::from_micros(self.0 % (at_most * 1000))).await;
    }
}

#[tokio::test]
async fn a_killed_process_goes_on_where_it_was_acknowledged() -> Result<()> {
    let (db, folder) = (database()?, tempfile::tempdir()?);
    let acks = folder.path().join("acks");
    let load = Load { source: 1, tasks: 24, commands: ENDLESS };
    let mut moments = Moments(0x5eed_0001);
    let mut told = Vec::new();
    for round in 0..6 {
        let mut child = Child::start(load, &acks, db.url())?;
        child.goes_on().await?;
        moments.wait(250).await;
        child.kill9()?;
        // Its sessions end when the server notices, and until then what it sent may still get in.
        let client = superuser(db.url()).await?;
        eventually("the killed process's sessions are gone", async || {
            let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
            Ok(client.query_one(sessions, &[]).await?.get::<_, i64>(0) == 0)
        })
        .await?;
        told = child.acks()?;
        audit::holds(db.url(), &[(load, told.clone())]).await.with_context(|| format!("round {round}"))?;
    }
    ensure!(told.len() > 100, "that was no load: {}", told.len());
    Ok(())
}

#[tokio::test]
async fn a_process_that_is_killed_takes_no_other_with_it() -> Result<()> {
    let (db, folder) = (database()?, tempfile::tempdir()?);
    let start = |source| {
        let load = Load { source, tasks: 8, commands: ENDLESS };
        Child::start(load, &folder.path().join(source.to_string()), db.url())
    };
    let mut children = [start(1)?, start(2)?];
    children[0].goes_on().await?;
    children[1].goes_on().await?;
    children[0].kill9()?;
    children[1].goes_on().await?;
    children[1].kill9()?;
    audit::sound(db.url()).await
}

/// Also where the server's default says that a commit need not be durable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_killed_under_load_keeps_what_was_acknowledged() -> Result<()> {
    let server = Postgres::start()?;
    let db = database_on(&server.url())?;
    let relaxed = format!("ALTER DATABASE {} SET synchronous_commit = off", db.name());
    superuser(&server.url()).await?.batch_execute(&relaxed).await?;

    let journal = Journal::open(db.url(), 4)?;
    let appender = Appender::start(db.url(), &journal, in_pairs())?;
    let (acks, stop) = (Arc::new(Mutex::new(Vec::new())), CancellationToken::new());
    let load = Load { source: 1, tasks: 32, commands: ENDLESS };
    let told = || acks.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let list = Arc::clone(&acks);
    let acknowledge = Arc::new(move |ack| list.lock().unwrap_or_else(PoisonError::into_inner).push(ack));
    let worker = Worker { load, journal, appender, acknowledge, stop: stop.clone() };
    let running = tokio::spawn(worker.run(vec![0; 32]));

    let mut moments = Moments(0x5eed_0002);
    for round in 0..4 {
        let before = told().len();
        eventually("the load goes on", async || {
            ensure!(!running.is_finished(), "the load failed");
            Ok(told().len() > before)
        })
        .await
        .with_context(|| format!("round {round}"))?;
        moments.wait(300).await;
        server.kill9();
        server.start_again()?;
    }
    stop.cancel();
    soon("the load ends", running).await???;
    ensure!(told().len() > 100, "that was no load: {}", told().len());
    audit::holds(db.url(), &[(load, told())]).await?;
    Ok(())
}
