//! Group commit. Commands that arrive while a batch is on its way form the next one, so that under load one
//! commit carries many commands, and a lone command never waits for company.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use chancery_wire::Position;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, MaybeDone, maybe_done},
    poll,
};
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::timeout_at,
};
use tokio_postgres::Config;

use crate::{
    Append, AppendError, Appended, Journal, JournalError, Role, Touch,
    append::Outcome,
    batch::Batch,
    connect::config_for,
    head,
    session::{Decided, Session},
};

/// Bounds of the queue and of a batch.
#[derive(Debug, Clone)]
pub struct BatcherSettings {
    /// Commands that may wait; one more is refused as busy.
    pub queue: usize,
    /// Commands in a batch.
    pub batch: usize,
    /// So many commands are worth a batch of their own behind one that is not answered yet.
    pub company: usize,
    /// How long a command waits for an unreachable log before its outcome is reported as unknown.
    pub deadline: Duration,
}

impl Default for BatcherSettings {
    fn default() -> Self {
        Self { queue: 4096, batch: 512, company: 64, deadline: Duration::from_secs(10) }
    }
}

/// The way into the log. Cheap to clone; the task behind it ends when the last clone is gone.
#[derive(Debug, Clone)]
pub struct Appender {
    queue: mpsc::Sender<Waiting>,
    company: Arc<Company>,
    retry_after: Duration,
}

/// Tells the batcher that enough commands wait.
#[derive(Debug)]
struct Company {
    commands: usize,
    came: Notify,
}

#[derive(Debug)]
struct Waiting {
    command: Arc<Append>,
    since: Instant,
    /// A batch with it, or with the same id, broke off or was accepted: the log must say.
    may_be_in: bool,
    /// Somebody's content in a batch with it was refused: it travels by itself.
    alone: bool,
    reply: oneshot::Sender<Result<Appended, AppendError>>,
}

impl Appender {
    /// Starts the batcher on a connection of its own to the log at `url`.
    pub fn start(url: &str, journal: &Journal, settings: BatcherSettings) -> Result<Self, JournalError> {
        let (queue, waiting) = mpsc::channel(settings.queue);
        let company = Arc::new(Company { commands: settings.company, came: Notify::new() });
        let batcher = Batcher {
            config: config_for(url, Role::App)?,
            session: None,
            flights: VecDeque::new(),
            waiting,
            company: Arc::clone(&company),
            left: VecDeque::new(),
            head: journal.head_watch(),
            settings,
        };
        tokio::spawn(batcher.run());
        Ok(Self { queue, company, retry_after: Duration::from_secs(1) })
    }

    /// Appends one command. `Ok` means durable.
    pub async fn append(&self, command: Arc<Append>) -> Result<Appended, AppendError> {
        if !command.touches_each_stream_once() {
            return Err(AppendError::Touches);
        }
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { command, since: Instant::now(), may_be_in: false, alone: false, reply };
        self.queue.try_send(waiting).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Busy { retry_after: self.retry_after },
            mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
        })?;
        if self.queue.max_capacity() - self.queue.capacity() >= self.company.commands {
            self.company.came.notify_one();
        }
        answer.await.unwrap_or(Err(AppendError::Unknown))
    }
}

struct Batcher {
    config: Config,
    session: Option<Session>,
    /// Batches on their way, two at most, in the order in which they were sent.
    flights: VecDeque<Flight>,
    waiting: mpsc::Receiver<Waiting>,
    company: Arc<Company>,
    /// Go before everything in `waiting`, and not before whatever is on its way is answered.
    left: VecDeque<Waiting>,
    head: watch::Sender<Position>,
    settings: BatcherSettings,
}

/// A batch on its way.
struct Flight {
    taken: Vec<Waiting>,
    batch: Batch,
    answer: MaybeDone<BoxFuture<'static, Result<Decided, SendError>>>,
}

impl Batcher {
    async fn run(mut self) {
        loop {
            if let Some(most) = self.room() {
                self.send(most).await;
            } else if self.flights.is_empty() {
                let Some(command) = self.waiting.recv().await else { return };
                self.left.push_back(command);
            } else {
                let (may_follow, company) = (self.may_follow(), Arc::clone(&self.company));
                tokio::select! {
                    biased;
                    () = answered(&mut self.flights) => self.land().await,
                    () = company.came.notified(), if may_follow => {}
                }
            }
        }
    }

    /// How many of those that wait may leave now. Where one batch is on its way, the server can work while we
    /// answer the one before; so two halves are better than a whole, if they are worth the call.
    fn room(&self) -> Option<usize> {
        let waiting = self.left.len() + self.waiting.len();
        let most = match self.flights.len() {
            _ if waiting == 0 => return None,
            0 if waiting >= 2 * self.settings.company => waiting.div_ceil(2),
            0 => waiting,
            1 if self.may_follow() && waiting >= self.settings.company => waiting,
            _ => return None,
        };
        Some(most.min(self.settings.batch.max(1)))
    }

    fn may_follow(&self) -> bool {
        self.flights.len() == 1 && self.left.is_empty()
    }

    /// Sends a batch, and does not wait for the answer.
    async fn send(&mut self, most: usize) {
        let (batch, taken) = self.next_batch(most);
        let deadline = self.settings.deadline;
        // Whoever is silent that long is as good as gone, although the connection still stands.
        let until = tokio::time::Instant::now() + deadline;
        let session = match self.session.take() {
            Some(open) => self.session.insert(open),
            None => match timeout_at(until, Session::open(&self.config)).await {
                Ok(Ok(open)) => self.session.insert(open),
                Ok(Err(error)) => return self.retry(taken, &SendError::Postgres(error)).await,
                Err(_) => return self.retry(taken, &SendError::Silent(deadline)).await,
            },
        };
        let commands = taken.iter().map(|waiting| Arc::clone(&waiting.command)).collect();
        let answer = session.send(commands, self.flights.back().map(|ahead| &ahead.batch));
        let answer = timeout_at(until, answer).map(move |answered| match answered {
            Ok(answer) => answer.map_err(SendError::Postgres),
            Err(_) => Err(SendError::Silent(deadline)),
        });
        let mut answer = maybe_done(answer.boxed());
        // It leaves now, and not when its answer is waited for.
        let _ = poll!(&mut answer);
        self.flights.push_back(Flight { taken, batch, answer });
    }

    /// At most so many of what waits and may travel together.
    fn next_batch(&mut self, most: usize) -> (Batch, Vec<Waiting>) {
        let (mut batch, mut taken, mut left) = (Batch::default(), Vec::new(), VecDeque::new());
        while batch.is_open() && taken.len() < most && left.len() < self.settings.batch {
            let Some(next) = self.left.pop_front().or_else(|| self.waiting.try_recv().ok()) else { break };
            if batch.admit(&next.command, next.alone) { taken.push(next) } else { left.push_back(next) }
        }
        left.append(&mut self.left);
        self.left = left;
        (batch, taken)
    }

    /// Answers each command of the first batch that was sent, or puts it back in front.
    async fn land(&mut self) {
        let Some(mut flight) = self.flights.pop_front() else { return };
        let Some(answer) = Pin::new(&mut flight.answer).take_output() else { return };
        match answer {
            Ok(decided) => {
                let several = flight.taken.len() > 1;
                self.answer(flight.taken, &decided.outcomes);
                if let Some(session) = &mut self.session {
                    session.learn(&decided);
                }
                if several && self.flights.is_empty() {
                    // Under load those who were just answered have more to say: let them, or the next batch is tiny
                    // and everybody else waits for it. Nothing is waited for, and a lone command not even this long.
                    tokio::task::yield_now().await;
                }
            }
            Err(SendError::Postgres(error)) if is_content(&error) => self.split(flight.taken, error),
            Err(error) => self.retry(flight.taken, &error).await,
        }
    }

    fn answer(&mut self, taken: Vec<Waiting>, outcomes: &[Outcome]) {
        // Followers wake once, for all of it.
        let last = outcomes.iter().rev().find_map(|outcome| match outcome {
            Outcome::Accepted(appended) => Some(appended.position),
            Outcome::Seen | Outcome::Stale => None,
        });
        if let Some(last) = last {
            head::advance(&self.head, last);
        }
        for (waiting, outcome) in taken.into_iter().zip(outcomes) {
            let answer = match *outcome {
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
        if self.left.is_empty() {
            return;
        }
        let written = |touch: &&Touch| accepted.events.iter().any(|event| event.stream == touch.stream);
        let moved: Vec<&Touch> = accepted.touches.iter().filter(written).collect();
        let overtaken = |command: &Append| {
            let past =
                |touch: &Touch| moved.iter().any(|m| m.stream == touch.stream && m.version >= touch.version);
            command.touches.iter().any(past)
        };
        for mut waiting in std::mem::take(&mut self.left) {
            // A command whose outcome is unknown, or that came twice, may be what moved the stream.
            waiting.may_be_in |= waiting.command.command_id == accepted.command_id;
            if !waiting.may_be_in && overtaken(&waiting.command) {
                let _ = waiting.reply.send(Err(AppendError::Conflict));
            } else {
                self.left.push_back(waiting);
            }
        }
    }

    /// Postgres refused some command's content, and with it the whole batch: they go again one by one, so that nobody
    /// else suffers.
    fn split(&mut self, taken: Vec<Waiting>, error: tokio_postgres::Error) {
        match <[Waiting; 1]>::try_from(taken) {
            Ok([only]) => drop(only.reply.send(Err(AppendError::Refused(error)))),
            Err(several) => {
                for waiting in several.into_iter().rev() {
                    self.left.push_front(Waiting { alone: true, ..waiting });
                }
            }
        }
    }

    /// The connection broke, perhaps after the commit: the same commands go again, and those that did get in
    /// are recognised by their ids, under the head's lock. So do those of a batch behind it.
    async fn retry(&mut self, taken: Vec<Waiting>, error: &SendError) {
        self.session = None;
        let behind = self.flights.drain(..).flat_map(|flight| flight.taken);
        let unknown: Vec<_> = taken.into_iter().chain(behind).collect();
        tracing::warn!(%error, commands = unknown.len(), "appending failed, trying again");
        let deadline = self.settings.deadline;
        for mut waiting in unknown.into_iter().rev() {
            waiting.may_be_in = true;
            if waiting.since.elapsed() > deadline {
                let _ = waiting.reply.send(Err(AppendError::Unknown));
            } else {
                self.left.push_front(waiting);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Waits for the answer to the first batch that was sent. The one behind it may be answered before: what comes for it is
/// taken off the connection, or nothing would come for the first.
async fn answered(flights: &mut VecDeque<Flight>) {
    poll_fn(|context| {
        let done = |flight: &mut Flight| Pin::new(&mut flight.answer).poll(context).is_ready();
        let done: Vec<bool> = flights.iter_mut().map(done).collect();
        if done.first().is_none_or(|first| *first) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
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
