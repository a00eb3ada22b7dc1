//! Servers of a bench, each in a process of its own on the core for servers.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use tokio::net::TcpStream;

use crate::{
    pinned::{self, Core},
    signer::Algorithm,
};

/// A key for stored keys, which are thrown away with their database.
pub const MASTER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const LISTEN: &str = "127.0.0.1:28090";
const DOORS: &str = "127.0.0.1:28093";
const OPS: &str = "127.0.0.1:29090";
const LEAN_PORT: u16 = 28_091;

/// A server; killed when dropped.
pub struct Server {
    child: Child,
    pub address: String,
    /// Of the doors to the gate, where there are any.
    pub doors: String,
}

impl Server {
    /// `chancery serve`, as the gate alone.
    pub async fn gate(database: &str, algorithm: Algorithm) -> anyhow::Result<Self> {
        let mut command = pinned::command(Core::Server, beside("chancery")?);
        command.args(["serve", "--role", "gate", "--listen", LISTEN, "--ops-listen", OPS]);
        command.args(["--gateway-listen", DOORS, "--host", "production=api.bench.example"]);
        command.args(["--signing-algorithm", algorithm.name()]);
        command.env("DATABASE_URL", database).env("CHANCERY_KEY", MASTER);
        Self::start(command, LISTEN.to_owned()).await
    }

    /// The leanest one: what the others cannot be faster than.
    pub async fn lean(algorithm: Algorithm) -> anyhow::Result<Self> {
        let mut command = pinned::command(Core::Server, std::env::current_exe()?);
        command.args(["--scenario", "lean", "--algorithm", algorithm.name()]);
        command.args(["--port", &LEAN_PORT.to_string(), "--database-url", "none"]);
        Self::start(command, format!("127.0.0.1:{LEAN_PORT}")).await
    }

    async fn start(mut command: Command, address: String) -> anyhow::Result<Self> {
        ensure!(TcpStream::connect(&address).await.is_err(), "something else listens on {address}");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.context("starting a server")?;
        let mut server = Self { child, address, doors: DOORS.to_owned() };
        let deadline = Instant::now() + Duration::from_secs(15);
        while TcpStream::connect(&server.address).await.is_err() {
            let ended = server.child.try_wait()?;
            ensure!(ended.is_none() && Instant::now() < deadline, "the server does not listen: {ended:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An API token of this role.
pub fn api_token(database: &str, role: &str) -> anyhow::Result<String> {
    let mut command = Command::new(beside("chancery")?);
    command.args(["token", "create", "--role", role, "--name", "bench", "--output", "json"]);
    let output = command.env("DATABASE_URL", database).output().context("running chancery")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let token: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    Ok(token["token"].as_str().context("a token")?.to_owned())
}

/// A program that was built together with this one.
pub fn beside(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}
