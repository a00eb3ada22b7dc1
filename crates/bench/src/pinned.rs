//! One core for the server and another for the load, so that a figure is what one core serves.

use std::{fs, process::Command, thread::available_parallelism};

use anyhow::{Context as _, ensure};

#[derive(Debug, Clone, Copy)]
pub enum Core {
    Server,
    Load,
}

impl Core {
    const fn number(self) -> &'static str {
        match self {
            Self::Server => "0",
            Self::Load => "1",
        }
    }
}

/// Whether there is one for each. Else both share all there is, which is said beside the figures.
pub fn are_enough() -> bool {
    let cores = available_parallelism().map_or(1, usize::from);
    cores > 1 && Command::new("taskset").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// A command that will run on the core.
pub fn command(core: Core, program: impl AsRef<std::ffi::OsStr>) -> Command {
    if !are_enough() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", core.number()]).arg(program);
    command
}

/// Threads that are started later by others are not concerned.
pub fn pin_this_thread(core: Core) -> anyhow::Result<()> {
    if !are_enough() {
        return Ok(());
    }
    // `<process>/task/<thread>`
    let thread = fs::read_link("/proc/thread-self")?;
    let thread = thread.file_name().context("a thread's id")?;
    let output = Command::new("taskset").args(["--pid", "--cpu-list", core.number()]).arg(thread).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
