//! A private Postgres server.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use rustix::process::Signal;

use crate::account::Account;
use crate::cluster;
use crate::launch::{Attempt, again, attempt, on_free_port};
use crate::place::Place;
use crate::process::Process;
use crate::resolve::{PgWanted, PostgresBinaries};

/// How to start a [`Postgres`].
#[derive(Debug, Clone, Default)]
pub struct PostgresOptions {
    pub wanted: PgWanted,
    /// A folder whose data stays, one cluster per major version. Without it the data goes with the handle.
    pub keep_in: Option<PathBuf>,
    /// The port to take if it is free.
    pub port: Option<u16>,
    /// Settings beside the defaults, which are durable: a test of durability must not run on `fsync=off`.
    pub settings: Vec<(String, String)>,
}

/// A running Postgres on loopback with data of its own, stopped when dropped.
#[derive(Debug)]
pub struct Postgres {
    binaries: PostgresBinaries,
    account: Account,
    settings: Vec<(String, String)>,
    port: u16,
    password: String,
    process: Mutex<Option<Process>>,
    /// Last, so that the data goes after the server.
    place: Place,
}

impl Postgres {
    /// One with temporary data, of the version that `CHANCERY_PG` asks for.
    pub fn start() -> Result<Self> {
        Self::start_with(PostgresOptions { wanted: PgWanted::from_env()?, ..PostgresOptions::default() })
    }

    pub fn start_with(options: PostgresOptions) -> Result<Self> {
        let binaries = PostgresBinaries::find(options.wanted)?;
        let account = Account::for_servers()?;
        let place = Place::open(options.keep_in.as_deref(), &account)?;
        let mut server = Self {
            binaries,
            account,
            settings: options.settings,
            port: 0,
            password: String::new(),
            process: Mutex::new(None),
            place,
        };
        server.password = cluster::ensure(&server.data(), &server.binaries, &server.account)?;
        let (port, process) = on_free_port(options.port, |port| server.attempt(port))?;
        server.port = port;
        *server.process() = Some(process);
        Ok(server)
    }

    /// Of the superuser, in the database `postgres`.
    pub fn url(&self) -> String {
        self.database_url("postgres")
    }

    /// Of the superuser, in `database`.
    pub fn database_url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The postmaster's process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process().as_ref().map(Process::pid)
    }

    /// Whether it runs. One that ended by itself does not.
    pub fn is_running(&self) -> bool {
        self.process().as_mut().is_some_and(|process| process.exited().is_none())
    }

    pub fn binaries(&self) -> &PostgresBinaries {
        &self.binaries
    }

    /// A program of the same Postgres, such as `pg_dump`, which knows the server from its environment.
    pub fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.folder.join(name));
        command.env("PGHOST", "127.0.0.1").env("PGPORT", self.port.to_string());
        command.env("PGUSER", "postgres").env("PGPASSWORD", &self.password);
        command
    }

    /// A folder that its account may write, beside its data: for archives and copies. It goes with the data.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.place.path().join(name);
        fs::create_dir_all(&folder)?;
        self.account.give(&folder)?;
        Ok(folder)
    }

    /// [`Self::tool`], run by the account of the server, so that what it writes is the server's.
    pub fn tool_as_server(&self, name: &str) -> Command {
        let mut command = self.account.command(&self.binaries.folder.join(name), "KILL");
        command.envs(self.tool(name).get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    }

    /// Kills the postmaster and every backend at once. The data stays for [`Self::start_again`].
    pub fn kill9(&self) {
        if let Some(mut process) = self.process().take() {
            process.kill9();
        }
    }

    /// Ends every session and shuts down in order. The data stays for [`Self::start_again`].
    pub fn stop(&self) {
        if let Some(mut process) = self.process().take() {
            process.end(Signal::INT, Duration::from_secs(20));
        }
    }

    /// Starts on the same data and port, after [`Self::kill9`] or [`Self::stop`].
    pub fn start_again(&self) -> Result<()> {
        if self.is_running() {
            bail!("Postgres on port {} runs already", self.port);
        }
        let process = again(|| self.attempt(self.port))?;
        *self.process() = Some(process);
        Ok(())
    }

    fn attempt(&self, port: u16) -> Result<Attempt> {
        let log = self.place.path().join("postgres.log");
        attempt(self.command(port), &log, |pid| self.is_ready(pid))
    }

    fn command(&self, port: u16) -> Command {
        // On QUIT a postmaster ends its children and frees its shared memory; KILL would leave both behind.
        let mut command = self.account.command(&self.binaries.folder.join("postgres"), "QUIT");
        command.arg("-D").arg(self.data());
        let port = port.to_string();
        let ours = [
            ("listen_addresses", "127.0.0.1"),
            ("port", port.as_str()),
            ("unix_socket_directories", ""),
            // Test processes come in parallel, each with a pool.
            ("max_connections", "300"),
            // A client that connects again to a test's database while that is dropped waits for the drop, and the drop
            // for the client, until this ends it; the default is a minute.
            ("authentication_timeout", "5s"),
        ];
        let theirs = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in ours.into_iter().chain(theirs) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command
    }

    /// The postmaster writes its state to the eighth line of its pid file.
    fn is_ready(&self, pid: u32) -> bool {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let mut lines = file.lines();
        let same = lines.next().is_some_and(|line| line.trim().parse() == Ok(pid));
        same && lines.nth(6).is_some_and(|line| line.trim() == "ready")
    }

    fn data(&self) -> PathBuf {
        self.place.path().join(format!("postgres-{}", self.binaries.major()))
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.place.is_kept() {
            self.stop();
        } else if let Some(mut process) = self.process().take() {
            process.end(Signal::QUIT, Duration::from_secs(5));
        }
    }
}
