//! From a meter to whoever adds it up: once a second, numbered, until acknowledged.

use std::{
    error::Error,
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use chancery_wire::usage::UsageBatch;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{
    Meter, Stats,
    backlog::{Backlog, Numbered},
};

/// How long to wait before a batch that was not acknowledged is sent again: at first, and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// How far into a second the one before is taken: whoever read the clock just before has recorded by then.
const SETTLE: Duration = Duration::from_millis(10);

/// Where batches go. It may get the same batch again: its source and number tell.
pub trait Sink: Send + Sync + 'static {
    type Error: Error + Send + Sync + 'static;

    /// Hands a batch over. Once this is `Ok` the batch is not needed here any more.
    fn deliver(&self, batch: &UsageBatch) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

#[derive(Debug, Clone, Copy)]
pub struct PublisherSettings {
    /// How often a meter that counts nothing says that it lives.
    pub heartbeat: Duration,
    /// How long what is left may take to be acknowledged when the process ends.
    pub farewell: Duration,
}

impl Default for PublisherSettings {
    fn default() -> Self {
        Self { heartbeat: Duration::from_secs(5), farewell: Duration::from_secs(10) }
    }
}

/// Publishes what one meter counts. It is one source: a process that starts again is another.
#[derive(Debug)]
pub struct Publisher<S> {
    meter: Arc<Meter>,
    sink: Arc<S>,
    settings: PublisherSettings,
    source: Uuid,
    /// The number of the batch that comes next.
    next: u64,
    backlog: Backlog,
    /// Until when the meter was read, in seconds since 1970.
    until: i64,
    /// When a span was last put into the backlog.
    told: i64,
}

impl<S: Sink> Publisher<S> {
    pub fn new(meter: Arc<Meter>, sink: S, settings: PublisherSettings) -> Self {
        let now = unix_now();
        Self {
            meter,
            sink: Arc::new(sink),
            settings,
            source: Uuid::now_v7(),
            next: 1,
            backlog: Backlog::default(),
            until: now,
            told: now,
        }
    }

    /// The id under which its batches are counted.
    pub const fn source(&self) -> Uuid {
        self.source
    }

    /// Publishes until `stop` is ready, and then what is left: the last batch says that none follows. Dropped before, it
    /// leaves a source that fell silent.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut sending: Option<BoxFuture<'static, ()>> = None;
        // The first batch comes at once: whoever adds up knows then whom to wait for.
        self.backlog.push(self.until, self.until, Vec::new(), &self.meter.stats);
        loop {
            if sending.is_none() && !self.backlog.is_empty() {
                sending = Some(self.send(false));
            }
            tokio::select! {
                () = &mut stop => break,
                () = sleep(until_next_second()) => self.tick(unix_now()),
                () = sent(&mut sending) => sending = None,
            }
        }
        // The second that runs as well.
        self.tick(unix_now() + 1);
        let (stats, patience) = (self.meter.stats(), self.settings.farewell);
        if timeout(patience, self.farewell(sending)).await.is_err() {
            let calls = stats.waiting();
            stats.count_lost(calls);
            tracing::error!(calls, "usage was not taken in time, and ends with this process");
        }
    }

    async fn farewell(mut self, sending: Option<BoxFuture<'static, ()>>) {
        if let Some(sending) = sending {
            sending.await;
        }
        if self.backlog.is_empty() {
            self.backlog.push(self.until, self.until, Vec::new(), &self.meter.stats);
        }
        while !self.backlog.is_empty() {
            self.send(true).await;
        }
    }

    /// Reads the meter up to `now`. A minute's seconds are kept from the next one's, also where this is late.
    fn tick(&mut self, now: i64) {
        let minute = now - now.rem_euclid(60);
        for until in [minute, now] {
            if until <= self.until {
                continue;
            }
            let lines = self.meter.take(until);
            let silent = until - self.told >= self.settings.heartbeat.as_secs().cast_signed();
            if !lines.is_empty() || (silent && self.backlog.is_empty()) {
                let calls = lines.iter().map(|(_, tally)| tally.calls).sum();
                self.meter.stats.count_waiting(calls);
                self.backlog.push(self.until, until, lines, &self.meter.stats);
                self.told = until;
            }
            self.until = until;
        }
    }

    /// Sends what is oldest. At the end of the source, the last of all says so.
    fn send(&mut self, ends: bool) -> BoxFuture<'static, ()> {
        let mut batches = self.backlog.pop(self.source, self.next);
        self.next += batches.len() as u64;
        if let Some(last) = batches.last_mut().filter(|_| ends && self.backlog.is_empty()) {
            last.batch.last = true;
        }
        deliver(Arc::clone(&self.sink), batches, self.meter.stats()).boxed()
    }
}

/// Ends when all were acknowledged, in their order.
async fn deliver<S: Sink>(sink: Arc<S>, batches: Vec<Numbered>, stats: Arc<Stats>) {
    for Numbered { batch, calls } in batches {
        let mut wait = AGAIN.0;
        while let Err(error) = sink.deliver(&batch).await {
            stats.count_failure();
            if wait == AGAIN.0 {
                let error = &error as &dyn Error;
                tracing::warn!(
                    error,
                    sequence = batch.sequence,
                    "a batch of usage was not taken, trying again"
                );
            }
            sleep(wait).await;
            wait = (wait * 2).min(AGAIN.1);
        }
        stats.count_acknowledged(calls);
    }
}

async fn sent(sending: &mut Option<BoxFuture<'static, ()>>) {
    match sending {
        Some(sending) => sending.await,
        None => std::future::pending().await,
    }
}

fn since_1970() -> Duration {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}

fn unix_now() -> i64 {
    since_1970().as_secs().cast_signed()
}

fn until_next_second() -> Duration {
    let fraction = Duration::from_nanos(since_1970().subsec_nanos().into());
    Duration::from_secs(1).saturating_sub(fraction) + SETTLE
}
