//! The server under development, as a child process.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::servers::Servers;
use super::stop::StopFlag;
use crate::project::output;
use crate::step::say;

/// The hosts of the API that gateways under development stand in front of; any port will do.
const HOSTS: &str =
    "production=localhost,production=127.0.0.1,production=api.localhost,integration=integration.localhost";

/// What signs checkpoints of the log, and where they are kept outside of the database.
pub(super) const SEAL_KEY: &str = "seal-key";
pub(super) const WITNESS: &str = "witness";

/// `chancery serve`, told to drain and end when dropped.
#[derive(Debug)]
pub(crate) struct Chancery {
    process: Child,
    log: PathBuf,
    pub(crate) base_url: String,
    pub(crate) gateway_url: String,
    pub(crate) ops_url: String,
}

/// Runs a subcommand that answers and ends.
pub(crate) fn command(binary: &Path, servers: &Servers, arguments: &[&str]) -> Result<String> {
    output(Command::new(binary).args(arguments).env("DATABASE_URL", &servers.database_url))
}

/// The first token cannot come through the API.
pub(crate) fn platform_token(binary: &Path, servers: &Servers) -> Result<String> {
    let answer = command(
        binary,
        servers,
        &["token", "create", "--role", "platform", "--name", "demo", "--output", "json"],
    )?;
    let answer: Value =
        serde_json::from_str(&answer).context("reading the answer of `chancery token create`")?;
    let token = answer["token"].as_str().unwrap_or_default();
    ensure!(!token.is_empty(), "`chancery token create` printed no token");
    Ok(token.to_owned())
}

impl Chancery {
    pub(crate) fn start(binary: &Path, servers: &Servers, log: PathBuf) -> Result<Self> {
        let listen = free_address("the API", 8080)?;
        let doors = free_address("the doors to the gate", 8090)?;
        let ops = free_address("operations", 9080)?;
        let output = File::create(&log).with_context(|| format!("creating {}", log.display()))?;
        // If we are killed, it drains and ends as if we had asked.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--"]).arg(binary).arg("serve");
        command
            .env("DATABASE_URL", &servers.database_url)
            .env("NATS_URL", &servers.nats_url)
            .env("CHANCERY_NATS_READER_URL", &servers.nats_reader_url)
            .env("CHANCERY_LISTEN", listen.to_string())
            .env("CHANCERY_GATEWAY_LISTEN", doors.to_string())
            .env("CHANCERY_HOSTS", HOSTS)
            .env("CHANCERY_OPS_LISTEN", ops.to_string())
            .env("CHANCERY_KEY_FILE", key_file(&log, "key")?)
            .env("CHANCERY_SEAL_KEY_FILE", key_file(&log, SEAL_KEY)?)
            .env("CHANCERY_WITNESSES", format!("file:{}", log.with_file_name(WITNESS).display()))
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            // A terminal's Ctrl-C is for us; the server ends before its servers do.
            .process_group(0);
        let process = command.spawn().context("starting chancery serve")?;
        let [base_url, gateway_url, ops_url] =
            [listen, doors, ops].map(|address| format!("http://{address}"));
        Ok(Self { process, log, base_url, gateway_url, ops_url })
    }

    /// Waits until `/readyz` says yes.
    pub(crate) fn wait_until_ready(&mut self, stop: &StopFlag) -> Result<()> {
        let deadline = Instant::now() + Duration::from_mins(2);
        loop {
            stop.check()?;
            let answer = ready(&self.ops_url);
            if answer.is_ok() {
                return Ok(());
            }
            if self.has_ended() {
                bail!("chancery serve ended while starting:\n{}", self.end_of_log());
            }
            if Instant::now() > deadline {
                let log = self.end_of_log();
                return answer
                    .with_context(|| format!("chancery serve is not ready after two minutes:\n{log}"));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(Some(_)))
    }

    pub(crate) fn end_of_log(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Chancery {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nobody to tell.
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(30);
        while !self.has_ended() {
            if Instant::now() > deadline {
                let _ = self.process.kill();
                let _ = self.process.wait();
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A key of 32 bytes beside the log, for our eyes only; made where there is none.
fn key_file(log: &Path, name: &str) -> Result<PathBuf> {
    let file = log.with_file_name(name);
    if !file.exists() {
        let make = || -> Result<()> {
            let mut key = [0; 32];
            File::open("/dev/urandom")?.read_exact(&mut key)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
            Ok(writeln!(file, "{}", BASE64_STANDARD.encode(key))?)
        };
        make().with_context(|| format!("making {}", file.display()))?;
    }
    Ok(file)
}

fn ready(ops_url: &str) -> Result<()> {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(5)))
        // The body of a 503 says which dependency is missing.
        .http_status_as_error(false)
        .build();
    let mut response = ureq::Agent::new_with_config(config).get(format!("{ops_url}/readyz")).call()?;
    if response.status().is_success() {
        return Ok(());
    }
    bail!("/readyz answers {}: {}", response.status(), response.body_mut().read_to_string()?)
}

/// Loopback at `port`, or at a free one if that is taken.
fn free_address(what: &str, port: u16) -> Result<SocketAddr> {
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if TcpListener::bind(wanted).is_ok() {
        return Ok(wanted);
    }
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let free = free.with_context(|| format!("finding a free port for {what}"))?;
    say("port", &format!("{port} is taken, so {what} listens on {}", free.port()));
    Ok(free)
}
