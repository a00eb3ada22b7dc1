//! A `chancery serve` of its own, at an address of its own.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use ureq::Agent;

use crate::{
    call::{Call, Reply, agent},
    eventually,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chancery");

/// The program, knowing nothing of where we run.
pub(crate) fn chancery() -> Command {
    let mut command = Command::new(PROGRAM);
    clean(&mut command);
    command
}

fn clean(command: &mut Command) {
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path))).stdin(Stdio::null());
}

/// A server process. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    /// Where gateways ask.
    pub(crate) doors_url: String,
    pub(crate) ops_url: String,
    log: PathBuf,
    agent: Agent,
}

/// Where a server listens: loopback is a network of 16 million addresses, so nobody needs to look for a free port.
#[derive(Debug, Clone)]
pub(crate) struct Address(String);

impl Address {
    pub(crate) fn fresh() -> Self {
        let byte = || fastrand::u8(1..255);
        Self(format!("127.{}.{}.{}", byte(), byte(), byte()))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}:18080", self.0)
    }
}

impl Server {
    /// Starts it and returns before it listens.
    pub(crate) fn spawn(at: &Address, log: PathBuf, arrange: impl FnOnce(&mut Command)) -> Self {
        // Its end is the end of the thread that started it: no test leaves it behind, however the test ends.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", PROGRAM, "serve"]);
        clean(&mut command);
        for (listener, port) in [("--listen", 18080), ("--gateway-listen", 18090), ("--ops-listen", 19080)] {
            command.args([listener, &format!("{}:{port}", at.0)]);
        }
        arrange(&mut command);
        let output = File::options().create(true).append(true).open(&log).unwrap();
        let child = command.stdout(output.try_clone().unwrap()).stderr(output).spawn().unwrap();
        let [doors_url, ops_url] = [18090, 19080].map(|port| format!("http://{}:{port}", at.0));
        Self { child, url: at.url(), doors_url, ops_url, log, agent: agent() }
    }

    /// Waits until it says that it is ready.
    pub(crate) fn ready(mut self) -> Self {
        eventually("the server is ready", || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            let reply = Call::get("/readyz").send(&self.agent, &self.ops_url);
            reply.is_ok_and(|reply| reply.status == 200).then_some(())
        });
        self
    }

    /// Waits until the doors answer, whatever they say.
    pub(crate) fn listening(self) -> Self {
        eventually("the doors answer", || Call::get("/").send(&self.agent, &self.doors_url).ok());
        self
    }

    #[track_caller]
    pub(crate) fn send(&self, call: &Call) -> Reply {
        call.send(&self.agent, &self.url).unwrap()
    }

    /// What the doors' listener answers.
    #[track_caller]
    pub(crate) fn ask(&self, call: &Call) -> Reply {
        call.send(&self.agent, &self.doors_url).unwrap()
    }

    /// What the operations port answers.
    #[track_caller]
    pub(crate) fn ops(&self, path: &str) -> Reply {
        Call::get(path).send(&self.agent, &self.ops_url).unwrap()
    }

    /// What `/readyz` says, once it listens.
    pub(crate) fn readiness(&self) -> Option<Reply> {
        Call::get("/readyz").send(&self.agent, &self.ops_url).ok()
    }

    /// Everything that it, and servers before it at the same log, wrote.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub(crate) fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// How it ended.
    pub(crate) fn ended(mut self) -> ExitStatus {
        eventually("the server ends", || self.child.try_wait().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
