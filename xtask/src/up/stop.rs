//! Ending: our own on a signal, and another supervisor's from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::dev_dir::DevDir;

/// Set by Ctrl-C, SIGTERM or the end of the terminal.
#[derive(Debug, Clone)]
pub(crate) struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    pub(crate) fn listen() -> Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
        Ok(Self(flag))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn check(&self) -> Result<()> {
        ensure!(!self.is_set(), "stopped while starting");
        Ok(())
    }
}

/// Asks the supervisor to end everything, and waits until it has.
pub(crate) fn stop_supervisor(dev: &DevDir, pid: i32) -> Result<()> {
    let supervisor = Pid::from_raw(pid).context("the supervisor's process id is zero")?;
    kill_process(supervisor, Signal::TERM).with_context(|| format!("stopping process {pid}"))?;
    let deadline = Instant::now() + Duration::from_mins(1);
    while dev.is_locked()? {
        if Instant::now() > deadline {
            bail!("process {pid} has not stopped after a minute; see .dev/chancery.log");
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
