//! What one test runs on: a log, a NATS server, and the program between them.

use std::{
    future::Future,
    process::{Command, Output},
    sync::Arc,
};

use chancery_devkit::{Nats, Postgres, TestDb};
use tempfile::TempDir;
use tokio::{runtime::Runtime, task::JoinHandle};

use crate::process::{Address, Server, chancery};

/// Everything here ends and goes with it.
pub(crate) struct World {
    pub(crate) nats: Arc<Nats>,
    database: Database,
    runtime: Runtime,
    folder: TempDir,
}

enum Database {
    /// A server that can be killed.
    Own(Arc<Postgres>),
    /// One of the server that tests share.
    Shared(TestDb),
}

impl World {
    /// With a database on the Postgres that tests share.
    pub(crate) fn new() -> Self {
        let server = chancery_devkit::test_postgres_url().unwrap();
        let database = TestDb::create(&server, &chancery_journal::migrations_digest(), |url| {
            Runtime::new()?.block_on(chancery_journal::migrate(url))?;
            Ok(())
        });
        Self::on(Database::Shared(database.unwrap()))
    }

    /// With a Postgres of its own.
    pub(crate) fn to_be_killed() -> Self {
        let world = Self::unmigrated();
        let migrated = world.run(&["migrate"]);
        assert!(migrated.status.success(), "{migrated:?}");
        world
    }

    /// With a Postgres of its own, which is empty.
    pub(crate) fn unmigrated() -> Self {
        Self::on(Database::Own(Arc::new(Postgres::start().unwrap())))
    }

    /// With this Postgres, which is migrated, or will be restored.
    pub(crate) fn with_postgres(postgres: Postgres) -> Self {
        Self::on(Database::Own(Arc::new(postgres)))
    }

    /// Another log beside the stream of this one.
    pub(crate) fn beside(&self, postgres: Postgres) -> Self {
        Self::of(Database::Own(Arc::new(postgres)), self.nats.clone())
    }

    fn on(database: Database) -> Self {
        // The stream has one name, so each test has a NATS server of its own.
        Self::of(database, Arc::new(Nats::start().unwrap()))
    }

    fn of(database: Database, nats: Arc<Nats>) -> Self {
        Self { nats, database, runtime: Runtime::new().unwrap(), folder: TempDir::new().unwrap() }
    }

    pub(crate) fn url(&self) -> String {
        match &self.database {
            Database::Own(postgres) => postgres.url(),
            Database::Shared(database) => database.url().to_owned(),
        }
    }

    pub(crate) fn postgres(&self) -> Arc<Postgres> {
        match &self.database {
            Database::Own(postgres) => postgres.clone(),
            Database::Shared(_) => unreachable!("a server that tests share is not to be touched"),
        }
    }

    /// A server with all roles, ready.
    pub(crate) fn serve(&self, at: &Address) -> Server {
        self.serve_with(at, |_| ()).ready()
    }

    /// A server with all roles.
    pub(crate) fn serve_with(&self, at: &Address, arrange: impl FnOnce(&mut Command)) -> Server {
        Server::spawn(at, self.folder.path().join("chancery.log"), |command| {
            self.point(command);
            arrange(command);
        })
    }

    /// The command line, told where the servers are by the environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = chancery();
        self.point(&mut command);
        command.args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn point(&self, command: &mut Command) {
        command.env("DATABASE_URL", self.url());
        command.env("NATS_URL", self.nats.relay_url());
        command.env("CHANCERY_NATS_READER_URL", self.nats.reader_url());
        command.env("CHANCERY_NATS_METER_URL", self.nats.meter_url());
        command.env("CHANCERY_NATS_USAGE_URL", self.nats.usage_url());
    }

    /// Goes on in the background.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.runtime.spawn(work)
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}
