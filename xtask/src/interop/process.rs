//! A program of a check, which ends with it, however that ends.

use std::fs::{self, File};
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Started {
    name: String,
    process: Child,
    log: PathBuf,
}

impl Started {
    /// Starts `command` with `input` for it to read; what it says goes to a file of its name in `folder`.
    pub(super) fn new(name: &str, command: &Command, input: &str, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let said = File::create(&log).with_context(|| format!("creating {}", log.display()))?;
        // If we are killed, the kernel kills it.
        let mut child = Command::new("setpriv");
        child.args(["--pdeathsig", "KILL", "--"]).arg(command.get_program()).args(command.get_args());
        child.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            child.current_dir(folder);
        }
        child.stdin(Stdio::piped()).stdout(said.try_clone()?).stderr(said);
        let process = child.spawn().with_context(|| format!("starting {name}"))?;
        let mut started = Self { name: name.to_owned(), process, log };
        if let Some(mut stdin) = started.process.stdin.take() {
            // Who does not read it has ended, and whoever waits for it says so.
            let _ = stdin.write_all(input.as_bytes());
        }
        Ok(started)
    }

    /// Waits until it takes connections at `address`.
    pub(super) fn wait_for(&mut self, address: SocketAddr) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if let Some(status) = self.ended()? {
                bail!("{} ended with {status}:\n{}", self.name, self.said());
            }
            ensure!(
                Instant::now() < deadline,
                "{} does not listen at {address}:\n{}",
                self.name,
                self.said()
            );
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.process.try_wait()?)
    }

    /// The end of what it said.
    pub(super) fn said(&self) -> String {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = said.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended by itself; it is gone in either case.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Loopback, at a port that is free at this moment.
pub(super) fn free_address() -> Result<SocketAddr> {
    let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    free.context("finding a free port")
}
