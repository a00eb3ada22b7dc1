//! A load in a process of its own, to be stopped and killed. What it was told about is in a file, since the kernel
//! keeps what a killed process wrote.

use std::{
    env,
    fs::{self, OpenOptions},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    thread,
};

use anyhow::{Context, Result, ensure};
use chancery_journal::{Appender, BatcherSettings, Journal};
use rustix::process::{Pid, Signal, kill_process};
use tokio_util::sync::CancellationToken;

use crate::{
    load::{Ack, Load, Worker},
    world::{eventually, in_pairs},
};

/// Tells the test below to be the child: source, tasks, commands, the file of acknowledgements, the database.
const TASK: &str = "CHANCERY_JOURNAL_CHILD";
const NAME: &str = "child::a_child_does_what_it_was_started_for";
/// Commands in a batch, so that there are many batches.
const BATCH: usize = 64;
/// Bytes of an acknowledgement in the file.
const RECORD: usize = 24;

/// Killed when dropped.
pub(crate) struct Child {
    process: std::process::Child,
    load: Load,
    acks: PathBuf,
}

impl Child {
    /// Goes on after what `acks` says was done.
    pub(crate) fn start(load: Load, acks: &Path, url: &str) -> Result<Self> {
        let task = format!(
            "{} {} {} {} {url}",
            load.source,
            load.tasks,
            load.commands,
            acks.to_str().context("path")?
        );
        let process = Command::new(env::current_exe()?)
            .args([NAME, "--exact", "--nocapture"])
            .env(TASK, task)
            // Its end is the parent's end.
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self { process, load, acks: acks.to_owned() })
    }

    /// Waits until it acknowledges something more.
    pub(crate) async fn goes_on(&self) -> Result<()> {
        let before = self.acks()?.len();
        eventually("the child goes on", async || Ok(self.acks()?.len() > before)).await
    }

    pub(crate) fn acks(&self) -> Result<Vec<Ack>> {
        read(&self.acks)
    }

    pub(crate) fn load(&self) -> Load {
        self.load
    }

    pub(crate) fn stop(&self) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.process), Signal::STOP)?)
    }

    pub(crate) fn proceed(&self) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.process), Signal::CONT)?)
    }

    pub(crate) fn kill9(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// True when it has done everything.
    pub(crate) fn has_finished(&mut self) -> Result<bool> {
        let Some(status) = self.process.try_wait()? else { return Ok(false) };
        ensure!(status.success(), "the child failed: {status}");
        Ok(true)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.kill9();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_does_what_it_was_started_for() -> Result<()> {
    let Ok(task) = env::var(TASK) else { return Ok(()) };
    thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(1);
    });
    let [source, tasks, commands, acks, url] = task.split(' ').collect::<Vec<_>>()[..] else {
        anyhow::bail!("not a task: {task}");
    };
    let load = Load { source: source.parse()?, tasks: tasks.parse()?, commands: commands.parse()? };
    let done = done(load, &read(Path::new(acks))?);
    let file = OpenOptions::new().create(true).append(true).open(acks)?;
    let journal = Journal::open(url, 4)?;
    let settings = BatcherSettings { batch: BATCH, ..in_pairs() };
    let appender = Appender::start(url, &journal, settings)?;
    let acknowledge = Arc::new(move |ack| write(&file, ack));
    Worker { load, journal, appender, acknowledge, stop: CancellationToken::new() }.run(done).await
}

/// The last acknowledged number of each task.
pub(crate) fn done(load: Load, acks: &[Ack]) -> Vec<u64> {
    let last = |task| acks.iter().filter(|ack| ack.task == task).map(|ack| ack.number).max();
    (0..load.tasks).map(|task| last(task).unwrap_or(0)).collect()
}

fn write(mut file: &fs::File, ack: Ack) {
    let mut record = [0; RECORD];
    record[..8].copy_from_slice(&u64::from(ack.task).to_le_bytes());
    record[8..16].copy_from_slice(&ack.number.to_le_bytes());
    record[16..].copy_from_slice(&ack.position.to_le_bytes());
    file.write_all(&record).expect("the disk has room");
}

fn read(acks: &Path) -> Result<Vec<Ack>> {
    let bytes = if acks.exists() { fs::read(acks)? } else { Vec::new() };
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let ack = |record: &[u8]| {
        let task = u32::try_from(number(&record[..8]))?;
        Ok(Ack { task, number: number(&record[8..16]), position: number(&record[16..]) })
    };
    bytes.chunks_exact(RECORD).map(ack).collect()
}
