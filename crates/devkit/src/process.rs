//! A server process that cannot outlive us.
//!
//! The kernel's parent-death signal is tied to the *thread* that spawned the child, and a test's thread ends with the
//! test. So every server is spawned by one thread that ends only with the process.

use std::fs;
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use rustix::process::{Pid, Signal, kill_process};

#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

struct Request {
    command: Command,
    reply: Sender<io::Result<Child>>,
}

impl Process {
    /// Starts `command`, which [`crate::account::Account::command`] made.
    pub(crate) fn spawn(command: Command) -> Result<Self> {
        static SPAWNER: OnceLock<Sender<Request>> = OnceLock::new();
        let spawner = SPAWNER.get_or_init(|| {
            let (requests, inbox) = channel::<Request>();
            thread::spawn(move || {
                for Request { mut command, reply } in inbox {
                    // Whoever asked may have died meanwhile; then dropping the child's handle is right.
                    let _ = reply.send(command.spawn());
                }
            });
            requests
        });
        let program = format!("{command:?}");
        let (reply, answer) = channel();
        spawner
            .send(Request { command, reply })
            .map_err(|_| anyhow!("the thread that starts servers ended"))?;
        let child = answer.recv()?.with_context(|| format!("starting {program}"))?;
        Ok(Self { child })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills the process and its children at once, as a power cut would.
    pub(crate) fn kill9(&mut self) {
        let children = children_of(self.pid());
        // It may have ended by itself; it is gone in either case.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for child in children {
            let _ = kill_process(child, Signal::KILL);
        }
    }

    /// Asks with `signal`, waits up to `patience`, then kills.
    pub(crate) fn end(&mut self, signal: Signal, patience: Duration) {
        let _ = kill_process(Pid::from_child(&self.child), signal);
        let deadline = Instant::now() + patience;
        while self.exited().is_none() {
            if Instant::now() > deadline {
                return self.kill9();
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn children_of(parent: u32) -> Vec<Pid> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).filter_map(Pid::from_raw).collect()
}

fn parent_of(pid: i32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // "pid (name) state parent …": a name may contain anything, even parentheses.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
