//! One test's world: a database of its own, a way in and a way out.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use chancery_devkit::{TestDb, test_postgres_url};
use chancery_journal::{Append, AppendError, Appended, Appender, BatcherSettings, Journal};
use chancery_wire::{Position, Recorded};
use futures_util::future::{join, join_all};
use tokio::time::timeout;
use tokio_postgres::{Client, NoTls};

use crate::commands::command;

/// How long anything that must happen may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(15);

/// Where commands are so few, two of them are enough to follow a batch that is not answered yet.
pub(crate) fn in_pairs() -> BatcherSettings {
    BatcherSettings { company: 2, ..BatcherSettings::default() }
}

pub(crate) struct World {
    pub(crate) journal: Journal,
    pub(crate) appender: Appender,
    /// Last, so that the database goes after its users.
    pub(crate) db: TestDb,
}

/// A migrated database on the server that tests share.
pub(crate) fn database() -> Result<TestDb> {
    database_on(&test_postgres_url()?)
}

/// A migrated database on that server.
pub(crate) fn database_on(server_url: &str) -> Result<TestDb> {
    TestDb::create(server_url, &chancery_journal::migrations_digest(), |url| {
        tokio::runtime::Runtime::new()?.block_on(chancery_journal::migrate(url))?;
        Ok(())
    })
}

/// A session of the superuser, which no grant binds.
pub(crate) async fn superuser(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Waits for what must happen.
pub(crate) async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> Result<T> {
    timeout(DEADLINE, happens).await.with_context(|| format!("waiting in vain: {what}"))
}

/// Waits until `done`, for what nothing tells.
pub(crate) async fn eventually(what: &str, mut done: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let wait = async {
        while !done().await? {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    };
    soon(what, wait).await?
}

/// The head, locked against every append.
pub(crate) struct Held(Client);

impl Held {
    /// Waits until an appender stands at the lock.
    pub(crate) async fn blocks_an_appender(&self) -> Result<()> {
        let blocked = "SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))";
        eventually("an append waits for the head", async || {
            Ok(self.0.query_one(blocked, &[]).await?.get::<_, i64>(0) > 0)
        })
        .await
    }

    pub(crate) async fn release(self) -> Result<()> {
        Ok(self.0.batch_execute("COMMIT").await?)
    }
}

impl World {
    pub(crate) fn new() -> Result<Self> {
        Self::with(BatcherSettings::default())
    }

    pub(crate) fn with(settings: BatcherSettings) -> Result<Self> {
        let db = database()?;
        let journal = Journal::open(db.url(), 4)?;
        let appender = Appender::start(db.url(), &journal, settings)?;
        Ok(Self { journal, appender, db })
    }

    /// Another way into the same log, with a connection and a batcher of its own.
    pub(crate) fn another_appender(&self) -> Result<Appender> {
        self.appender_with(BatcherSettings::default())
    }

    pub(crate) fn appender_with(&self, settings: BatcherSettings) -> Result<Appender> {
        Ok(Appender::start(self.db.url(), &self.journal, settings)?)
    }

    pub(crate) async fn append(&self, command: Append) -> Result<Appended, AppendError> {
        self.appender.append(Arc::new(command)).await
    }

    /// Appends the commands as one batch, in this order.
    pub(crate) async fn together(&self, commands: Vec<Append>) -> Result<Vec<Result<Appended, AppendError>>> {
        let held = self.hold_head().await?;
        let appender = self.appender.clone();
        let ahead = tokio::spawn(async move { appender.append(Arc::new(command())).await });
        held.blocks_an_appender().await?;
        // Joined in this order: all wait in the queue before the head is released.
        let answers = join_all(commands.into_iter().map(|command| self.append(command)));
        let (answers, released) = soon("a batch is answered", join(answers, held.release())).await?;
        released?;
        ahead.await??;
        Ok(answers)
    }

    pub(crate) async fn hold_head(&self) -> Result<Held> {
        let client = self.superuser().await?;
        client.batch_execute("BEGIN; SELECT FROM head FOR UPDATE").await?;
        Ok(Held(client))
    }

    pub(crate) async fn superuser(&self) -> Result<Client> {
        superuser(self.db.url()).await
    }

    pub(crate) async fn head(&self) -> Result<Position> {
        Ok(self.journal.head().await?.position)
    }

    /// The whole log, from position 1 without a gap.
    pub(crate) async fn log(&self) -> Result<Vec<Recorded>> {
        let log = self.journal.read(Position::START, usize::MAX).await?;
        for (number, event) in (1..).zip(&log) {
            ensure!(event.position == Position::new(number), "{} stands at place {number}", event.position);
        }
        Ok(log)
    }
}
