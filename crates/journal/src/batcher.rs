//! Group commit. Commands that arrive while a batch is on its way form the next one, so that under load one
//! commit carries many commands, and a lone command never waits for company.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use chancery_wire::Position;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use tokio_postgres::Config;

use crate::{
    Append, AppendError, Appended, Journal, JournalError, Role, Touch, append::Outcome, batch::Batch,
    connect::config_for, head, session::Session,
};

/// Bounds of the queue and of a batch.
#[derive(Debug, Clone)]
pub struct BatcherSettings {
    /// Commands that may wait; one more is refused as busy.
    pub queue: usize,
    /// Commands in a batch.
    pub batch: usize,
    /// How long a command waits for an unreachable log before its outcome is reported as unknown.
    pub deadline: Duration,
}

impl Default for BatcherSettings {
    fn default() -> Self {
        Self { queue: 4096, batch: 512, deadline: Duration::from_secs(10) }
    }
}

/// The way into the log. Cheap to clone; the task behind it ends when the last clone is gone.
#[derive(Debug, Clone)]
pub struct Appender {
    queue: mpsc::Sender<Waiting>,
    retry_after: Duration,
}

#[derive(Debug)]
struct Waiting {
    command: Arc<Append>,
    since: Instant,
    /// Its outcome is unknown: a batch with it broke off.
    sent: bool,
    reply: oneshot::Sender<Result<Appended, AppendError>>,
}

impl Appender {
    /// Starts the batcher on a connection of its own to the log at `url`.
    pub fn start(url: &str, journal: &Journal, settings: BatcherSettings) -> Result<Self, JournalError> {
        let (queue, waiting) = mpsc::channel(settings.queue);
        let batcher = Batcher {
            config: config_for(url, Role::App)?,
            session: None,
            waiting,
            first: VecDeque::new(),
            head: journal.head_watch(),
            settings,
        };
        tokio::spawn(batcher.run());
        Ok(Self { queue, retry_after: Duration::from_secs(1) })
    }

    /// Appends one command. `Ok` means durable.
    pub async fn append(&self, command: Arc<Append>) -> Result<Appended, AppendError> {
        if !command.touches_each_stream_once() {
            return Err(AppendError::Touches);
        }
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { command, since: Instant::now(), sent: false, reply };
        self.queue.try_send(waiting).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Busy { retry_after: self.retry_after },
            mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
        })?;
        answer.await.unwrap_or(Err(AppendError::Unknown))
    }
}

struct Batcher {
    config: Config,
    session: Option<Session>,
    waiting: mpsc::Receiver<Waiting>,
    /// Go before everything in `waiting`: left over from the batch before.
    first: VecDeque<Waiting>,
    head: watch::Sender<Position>,
    settings: BatcherSettings,
}

impl Batcher {
    async fn run(mut self) {
        while let Some(batch) = self.next_batch().await {
            let company = batch.len() > 1;
            self.decide(batch).await;
            if company {
                // Under load those who were just answered have more to say: let them, or the next batch is tiny
                // and everybody else waits for it. Nothing is waited for, and a lone command not even this long.
                tokio::task::yield_now().await;
            }
        }
    }

    /// What waits now and may travel together, or the next command to come; `None` when no one can send any more.
    async fn next_batch(&mut self) -> Option<Vec<Waiting>> {
        if self.first.is_empty() {
            self.first.push_back(self.waiting.recv().await?);
        }
        let (mut batch, mut taken, mut left) = (Batch::default(), Vec::new(), VecDeque::new());
        while taken.len() < self.settings.batch && left.len() < self.settings.batch {
            let Some(next) = self.first.pop_front().or_else(|| self.waiting.try_recv().ok()) else { break };
            if batch.admit(&next.command) { taken.push(next) } else { left.push_back(next) }
        }
        left.append(&mut self.first);
        self.first = left;
        Some(taken)
    }

    /// Sends the batch and answers each of its commands, or puts it back in front.
    async fn decide(&mut self, batch: Vec<Waiting>) {
        match self.send(&batch).await {
            Ok(outcomes) => self.answer(batch, outcomes),
            Err(SendError::Postgres(error)) if is_content(&error) => self.split(batch, error).await,
            Err(error) => self.retry(batch, &error).await,
        }
    }

    async fn send(&mut self, batch: &[Waiting]) -> Result<Vec<Outcome>, SendError> {
        // Whoever is silent that long is as good as gone, although the connection still stands.
        let deadline = self.settings.deadline;
        timeout(deadline, self.call(batch))
            .await
            .map_err(|_| SendError::Silent(deadline))?
            .map_err(SendError::Postgres)
    }

    async fn call(&mut self, batch: &[Waiting]) -> Result<Vec<Outcome>, tokio_postgres::Error> {
        let session = match self.session.take() {
            Some(open) => self.session.insert(open),
            None => self.session.insert(Session::open(&self.config).await?),
        };
        let commands: Vec<&Append> = batch.iter().map(|waiting| &*waiting.command).collect();
        session.send(&commands).await
    }

    fn answer(&mut self, batch: Vec<Waiting>, outcomes: Vec<Outcome>) {
        // Followers wake once, for all of it.
        let last = outcomes.iter().rev().find_map(|outcome| match outcome {
            Outcome::Accepted(appended) => Some(appended.position),
            Outcome::Seen | Outcome::Stale => None,
        });
        if let Some(last) = last {
            head::advance(&self.head, last);
        }
        for (waiting, outcome) in batch.into_iter().zip(outcomes) {
            let answer = match outcome {
                Outcome::Accepted(appended) => {
                    self.refuse_overtaken(&waiting.command);
                    Ok(appended)
                }
                Outcome::Seen => Err(AppendError::Duplicate),
                Outcome::Stale => Err(AppendError::Conflict),
            };
            // Whoever asked may have gone away; the log is right all the same.
            let _ = waiting.reply.send(answer);
        }
    }

    /// Commands left over because they touch a stream which `accepted` wrote have lost already, where they
    /// expect a version that is now past: versions only grow.
    fn refuse_overtaken(&mut self, accepted: &Append) {
        if self.first.is_empty() {
            return;
        }
        let written = |touch: &&Touch| accepted.events.iter().any(|event| event.stream == touch.stream);
        let moved: Vec<&Touch> = accepted.touches.iter().filter(written).collect();
        let overtaken = |command: &Append| {
            let past =
                |touch: &Touch| moved.iter().any(|m| m.stream == touch.stream && m.version >= touch.version);
            command.touches.iter().any(past)
        };
        for waiting in std::mem::take(&mut self.first) {
            // A command whose outcome is unknown, or that came twice, may be what moved the stream: the log
            // must say.
            let may_be_in = waiting.sent || waiting.command.command_id == accepted.command_id;
            if !may_be_in && overtaken(&waiting.command) {
                let _ = waiting.reply.send(Err(AppendError::Conflict));
            } else {
                self.first.push_back(waiting);
            }
        }
    }

    /// Postgres refused some command's content, and with it the whole batch: send them one by one, so that
    /// nobody else suffers.
    async fn split(&mut self, batch: Vec<Waiting>, error: tokio_postgres::Error) {
        let batch = match <[Waiting; 1]>::try_from(batch) {
            Ok([only]) => {
                let _ = only.reply.send(Err(AppendError::Refused(error)));
                return;
            }
            Err(several) => several,
        };
        let mut batch = VecDeque::from(batch);
        while let Some(only) = batch.pop_front() {
            let mut alone = vec![only];
            match self.send(&alone).await {
                Ok(outcomes) => self.answer(alone, outcomes),
                Err(SendError::Postgres(error)) if is_content(&error) => {
                    if let Some(only) = alone.pop() {
                        let _ = only.reply.send(Err(AppendError::Refused(error)));
                    }
                }
                Err(error) => {
                    alone.extend(batch);
                    return self.retry(alone, &error).await;
                }
            }
        }
    }

    /// The connection broke, perhaps after the commit: the same commands go again, and those that did get in
    /// are recognised by their ids, under the head's lock.
    async fn retry(&mut self, batch: Vec<Waiting>, error: &SendError) {
        self.session = None;
        tracing::warn!(%error, commands = batch.len(), "appending failed, trying again");
        let deadline = self.settings.deadline;
        for mut waiting in batch.into_iter().rev() {
            waiting.sent = true;
            if waiting.since.elapsed() > deadline {
                let _ = waiting.reply.send(Err(AppendError::Unknown));
            } else {
                self.first.push_front(waiting);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Why a batch was not decided.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Postgres(tokio_postgres::Error),
    #[error("Postgres did not answer within {0:?}")]
    Silent(Duration),
}

/// True where Postgres refused what the statement says, not the connection or its own state.
fn is_content(error: &tokio_postgres::Error) -> bool {
    // 22: data exception, 23: integrity constraint, 54: program limit exceeded.
    error.code().is_some_and(|code| matches!(code.code().get(..2), Some("22" | "23" | "54")))
}
