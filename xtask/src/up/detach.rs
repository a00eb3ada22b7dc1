//! `up --detach`: starts the supervisor in a session of its own, shows what it says until it is ready, and leaves.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::dev_dir::DevDir;
use super::stop::{StopFlag, stop_supervisor};
use crate::postgres_version::PgArg;

pub(crate) fn detach(dev: &DevDir, pg: &PgArg, chancery: &Path) -> Result<()> {
    let said = dev.file("up.log");
    let log = File::create(&said)?;
    let mut supervisor = Command::new("setsid");
    supervisor.arg(std::env::current_exe()?).args(["up", "--supervise"]).arg(chancery).envs(pg.variable());
    supervisor.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).current_dir("/");
    let mut supervisor = supervisor.spawn().context("starting the supervisor")?;
    let pid = supervisor.id().cast_signed();

    let stop = StopFlag::listen()?;
    let mut shown = 0;
    loop {
        let ended = supervisor.try_wait()?;
        let ready = dev.running()?.is_some_and(|state| state.ready && state.pid == pid);
        // Looked at last, so that nothing said before the end or the readiness is missed.
        shown += show(&said, shown)?;
        if let Some(status) = ended {
            bail!("the supervisor ended with {status}; what it said is in {}", said.display());
        }
        if stop.is_set() {
            return stop_supervisor(dev, pid);
        }
        if ready {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Copies what was said after the first `shown` bytes, and returns how many bytes that was.
fn show(said: &Path, shown: u64) -> Result<u64> {
    let mut file = File::open(said)?;
    file.seek(SeekFrom::Start(shown))?;
    Ok(io::copy(&mut file, &mut io::stdout())?)
}
