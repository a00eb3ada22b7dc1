//! A private NATS server with JetStream on disk and the users of production: `relay`, who may do everything; `reader`, who
//! may follow `chancery.>` and publish nothing there; `meter`, who may also publish usage; and `usage`, who consumes it.

use std::fs::{self, DirBuilder};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use rustix::process::Signal;

use crate::account::Account;
use crate::launch::{Attempt, again, attempt, on_free_port};
use crate::place::Place;
use crate::process::Process;
use crate::resolve::NatsBinary;
use crate::secret::secret;
use crate::token;

/// The production configuration, so that every test runs under its permissions.
const CONFIG: &str = include_str!("../../../docker/nats.conf");

/// How to start a [`Nats`].
#[derive(Debug, Clone, Default)]
pub struct NatsOptions {
    /// A folder whose data stays. Without it the data goes with the handle.
    pub keep_in: Option<PathBuf>,
    /// The port to take if it is free.
    pub port: Option<u16>,
}

/// A running NATS server on loopback with data of its own, stopped when dropped.
#[derive(Debug)]
pub struct Nats {
    binary: NatsBinary,
    account: Account,
    /// Tells it from any other server that may answer on the port.
    name: String,
    port: u16,
    passwords: Passwords,
    process: Mutex<Option<Process>>,
    /// Last, so that the data goes after the server.
    place: Place,
}

/// Each user's, kept beside the data.
#[derive(Debug)]
struct Passwords {
    relay: String,
    reader: String,
    meter: String,
    usage: String,
}

impl Passwords {
    fn of(place: &Place) -> Result<Self> {
        let of = |user: &str| secret(&place.path().join(format!("nats-{user}.password")));
        Ok(Self { relay: of("relay")?, reader: of("reader")?, meter: of("meter")?, usage: of("usage")? })
    }
}

impl Nats {
    /// One with temporary data.
    pub fn start() -> Result<Self> {
        Self::start_with(&NatsOptions::default())
    }

    pub fn start_with(options: &NatsOptions) -> Result<Self> {
        let account = Account::for_servers()?;
        let place = Place::open(options.keep_in.as_deref(), &account)?;
        let store = place.path().join("nats");
        if !store.exists() {
            DirBuilder::new().mode(0o700).create(&store)?;
        }
        account.give(&store)?;
        let mut server = Self {
            binary: NatsBinary::find()?,
            account,
            name: format!("devkit-{}", token()),
            port: 0,
            passwords: Passwords::of(&place)?,
            process: Mutex::new(None),
            place,
        };
        let (port, process) = on_free_port(options.port, |port| server.attempt(port))?;
        server.port = port;
        *server.process() = Some(process);
        Ok(server)
    }

    /// Of the user who may publish.
    pub fn relay_url(&self) -> String {
        self.url("relay", &self.passwords.relay)
    }

    /// Of the user who may only follow.
    pub fn reader_url(&self) -> String {
        self.url("reader", &self.passwords.reader)
    }

    /// Of the user who may follow and publish usage.
    pub fn meter_url(&self) -> String {
        self.url("meter", &self.passwords.meter)
    }

    /// Of the user who consumes usage.
    pub fn usage_url(&self) -> String {
        self.url("usage", &self.passwords.usage)
    }

    /// Where it tells what it tells no client: at the same port, on an address beside.
    pub fn monitoring_url(&self) -> String {
        format!("http://{}", monitoring(self.port))
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process().as_ref().map(Process::pid)
    }

    /// Whether it runs. One that ended by itself does not.
    pub fn is_running(&self) -> bool {
        self.process().as_mut().is_some_and(|process| process.exited().is_none())
    }

    pub fn binary(&self) -> &NatsBinary {
        &self.binary
    }

    /// Kills the server. The data stays for [`Self::start_again`].
    pub fn kill9(&self) {
        if let Some(mut process) = self.process().take() {
            process.kill9();
        }
    }

    /// Shuts the server down in order. The data stays for [`Self::start_again`].
    pub fn stop(&self) {
        if let Some(mut process) = self.process().take() {
            process.end(Signal::TERM, Duration::from_secs(20));
        }
    }

    /// Starts on the same data and port, after [`Self::kill9`] or [`Self::stop`].
    pub fn start_again(&self) -> Result<()> {
        if self.is_running() {
            bail!("NATS on port {} runs already", self.port);
        }
        let process = again(|| self.attempt(self.port))?;
        *self.process() = Some(process);
        Ok(())
    }

    fn attempt(&self, port: u16) -> Result<Attempt> {
        let folder = self.place.path();
        let config = folder.join("nats.conf");
        fs::write(&config, format!("{CONFIG}\nhttp: {:?}\n", monitoring(port)))?;
        self.account.give(&config)?;
        let mut command = self.account.command(&self.binary.program, "KILL");
        command.arg("-c").arg(&config).arg("-sd").arg(folder.join("nats"));
        command.args(["-a", "127.0.0.1", "-p", &port.to_string(), "-n", &self.name]);
        for (variable, password) in [
            ("CHANCERY_RELAY_PASSWORD", &self.passwords.relay),
            ("CHANCERY_READER_PASSWORD", &self.passwords.reader),
            ("CHANCERY_METER_PASSWORD", &self.passwords.meter),
            ("CHANCERY_USAGE_PASSWORD", &self.passwords.usage),
        ] {
            command.env(variable, format!("{password:?}"));
        }
        attempt(command, &folder.join("nats.log"), |_| greets(port, &self.name))
    }

    fn url(&self, user: &str, password: &str) -> String {
        format!("nats://{user}:{password}@127.0.0.1:{}", self.port)
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        if self.place.is_kept() {
            self.stop();
        } else {
            self.kill9();
        }
    }
}

/// Loopback is a network of 16 million addresses: what is free on one of them is on the next.
fn monitoring(port: u16) -> String {
    format!("127.0.0.2:{port}")
}

/// A NATS server speaks first, a line with its name, and listens only when JetStream has recovered.
fn greets(port: u16, name: &str) -> bool {
    let Ok(stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let mut greeting = String::new();
    let quick = stream.set_read_timeout(Some(Duration::from_secs(1)));
    quick.and_then(|()| BufReader::new(stream).read_line(&mut greeting)).is_ok() && greeting.contains(name)
}
