//! A program of `docs/consumers/` that runs, and the file that it keeps.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::interop::packages::PythonPackages;
use crate::interop::process::Started;
use crate::project::{output, root};
use crate::up::Private;

/// A client that lost its server waits before it tries again, and so does who waits for the client.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a program is run.
pub(super) enum Program<'a> {
    Python { packages: &'a PythonPackages, file: PathBuf },
    Node { file: PathBuf },
}

impl<'a> Program<'a> {
    pub(super) fn python(packages: &'a PythonPackages) -> Self {
        Self::Python { packages, file: root().join("docs/consumers/versions.py") }
    }

    pub(super) fn node(file: PathBuf) -> Self {
        Self::Node { file }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Python { .. } => "nats-py",
            Self::Node { .. } => "@nats-io/jetstream",
        }
    }

    fn command(&self) -> Command {
        let (mut command, file) = match self {
            Self::Python { packages, file } => (packages.python(), file),
            Self::Node { file } => (Command::new("node"), file),
        };
        command.arg(file);
        command
    }
}

pub(super) struct Follower<'a> {
    program: Program<'a>,
    /// Where it finds Chancery, and its file.
    environment: Vec<(&'static str, String)>,
    state: PathBuf,
    folder: PathBuf,
    process: Option<Started>,
}

impl<'a> Follower<'a> {
    pub(super) fn new(program: Program<'a>, product: &Private, folder: &Path) -> Self {
        let state = folder.join(match program {
            Program::Python { .. } => "versions.db",
            Program::Node { .. } => "versions.json",
        });
        let token = product.credentials()["tokens"]["consumer"].as_str().unwrap_or_default();
        let environment = vec![
            ("NATS_URL", product.nats_reader_url().to_owned()),
            ("CHANCERY_URL", product.base_url().to_owned()),
            ("CHANCERY_TOKEN", token.to_owned()),
            ("STATE", state.display().to_string()),
        ];
        Self { program, environment, state, folder: folder.to_owned(), process: None }
    }

    pub(super) fn name(&self) -> &'static str {
        self.program.name()
    }

    /// Starts it, as if it had never run.
    pub(super) fn begin_anew(&mut self) -> Result<()> {
        self.kill();
        if self.state.exists() {
            fs::remove_file(&self.state)?;
        }
        self.start()
    }

    pub(super) fn start(&mut self) -> Result<()> {
        let mut command = self.program.command();
        command.arg("follow").envs(self.environment.iter().map(|(name, value)| (name, value)));
        let log = self.name().rsplit('/').next().unwrap_or_default();
        self.process = Some(Started::new(log, &command, "", &self.folder)?);
        Ok(())
    }

    /// Ends it wherever it is.
    pub(super) fn kill(&mut self) {
        self.process = None;
    }

    /// Waits until it says that it is at `position`.
    pub(super) fn reaches(&mut self, position: u64) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.last_told().is_none_or(|(_, at)| at < position) {
            let Some(process) = &mut self.process else { bail!("{} does not run", self.name()) };
            let ended = process.ended()?;
            ensure!(ended.is_none(), "{} ended by itself:\n{}", self.name(), self.said());
            ensure!(
                Instant::now() < deadline,
                "{} does not reach position {position}:\n{}",
                self.name(),
                self.said()
            );
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Waits until it ends by itself, which is no success, and returns what it said.
    pub(super) fn ends(&mut self) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let Some(process) = &mut self.process else { bail!("{} does not run", self.name()) };
            if let Some(status) = process.ended()? {
                ensure!(!status.success(), "{} ends as if all were well:\n{}", self.name(), self.said());
                return Ok(self.said());
            }
            ensure!(Instant::now() < deadline, "{} goes on:\n{}", self.name(), self.said());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Which brought its last events: `stream` or `log`.
    pub(super) fn last_source(&self) -> String {
        self.last_told().map(|(source, _)| source).unwrap_or_default()
    }

    pub(super) fn said(&self) -> String {
        self.process.as_ref().map(Started::said).unwrap_or_default()
    }

    /// What it knows of an app's versions.
    pub(super) fn show(&self, app: &str) -> Result<Value> {
        let mut command = self.program.command();
        command.args(["show", app]).envs(self.environment.iter().map(|(name, value)| (name, value)));
        let shown = output(&mut command)?;
        serde_json::from_str(&shown).with_context(|| format!("reading what {} shows: {shown}", self.name()))
    }

    /// Its file says that it is of a log that nobody has.
    pub(super) fn claim_another_log(&self) -> Result<()> {
        let other = Uuid::from_u128(1).to_string();
        match &self.program {
            Program::Python { packages, .. } => {
                let change = "import sqlite3, sys\n\
                              with sqlite3.connect(sys.argv[1]) as store:\n    \
                              store.execute('UPDATE place SET log_id = ?', sys.argv[2:])";
                output(packages.python().args(["-c", change]).arg(&self.state).arg(other))?;
            }
            Program::Node { .. } => {
                let mut state: Value = serde_json::from_str(&fs::read_to_string(&self.state)?)?;
                state["log_id"] = json!(other);
                fs::write(&self.state, state.to_string())?;
            }
        }
        Ok(())
    }

    /// `SOURCE: at POSITION`
    fn last_told(&self) -> Option<(String, u64)> {
        self.said().lines().rev().find_map(told)
    }
}

fn told(line: &str) -> Option<(String, u64)> {
    let (source, position) = line.split_once(": at ")?;
    Some((source.to_owned(), position.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_where_it_is() {
        assert_eq!(told("stream: at 17"), Some(("stream".to_owned(), 17)));
        for line in ["", "stream", "Gap: event 9 comes after 3", "log: at last"] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
