//! Starting a server on a free port and telling why it did not start.

use std::fs::{self, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::PATIENCE;
use crate::process::Process;

/// How one attempt went.
#[derive(Debug)]
pub(crate) enum Attempt {
    Ready(Process),
    /// The port, or what the server before it held, is still taken.
    Busy,
}

/// Starts `command`, with its output appended to `log`, and waits until `ready` says so of the process id.
pub(crate) fn attempt(mut command: Command, log: &Path, ready: impl Fn(u32) -> bool) -> Result<Attempt> {
    let output = OpenOptions::new().create(true).append(true).mode(0o600).open(log)?;
    let said_before = output.metadata()?.len();
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    // A terminal's Ctrl-C is for us; we end the servers in our own order.
    command.process_group(0);
    let mut process = Process::spawn(command)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        if ready(process.pid()) {
            return Ok(Attempt::Ready(process));
        }
        if let Some(status) = process.exited() {
            let said = fs::read(log).unwrap_or_default();
            let said = String::from_utf8_lossy(said.get(usize::try_from(said_before)?..).unwrap_or_default());
            if is_busy(&said) {
                return Ok(Attempt::Busy);
            }
            bail!("the server ended with {status}; its log {} says:\n{said}", log.display());
        }
        if Instant::now() > deadline {
            process.kill9();
            bail!("the server was not ready after {PATIENCE:?}; see its log {}", log.display());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Tries ports until `start` gets one: `preferred` first if it is free.
pub(crate) fn on_free_port(
    preferred: Option<u16>,
    mut start: impl FnMut(u16) -> Result<Attempt>,
) -> Result<(u16, Process)> {
    for port in preferred.into_iter().chain(std::iter::repeat_with(some_port).take(1000)) {
        // Between this look and the server's own bind, another may take the port: then the next one.
        if is_free(port)
            && let Attempt::Ready(process) = start(port)?
        {
            return Ok((port, process));
        }
    }
    bail!("found no free port on 127.0.0.1")
}

/// Starts again on a port of ours, waiting for whatever still holds it.
pub(crate) fn again(mut start: impl FnMut() -> Result<Attempt>) -> Result<Process> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Attempt::Ready(process) = start()? {
            return Ok(process);
        }
        if Instant::now() > deadline {
            bail!("the port or the memory of the server before is still taken after {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn is_busy(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["address already in use", "is still in use"].iter().any(|reason| said.contains(reason))
}

/// Below the range from which the kernel gives ports to clients, so that no passing connection takes the port of a server
/// that is down for a moment.
fn some_port() -> u16 {
    fastrand::u16(15_000..32_000)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
