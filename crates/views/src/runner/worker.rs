//! One view's life: connect, find or fill its build, apply what the feed brings, begin again after an error.

use std::{error::Error, sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use chancery_journal::Journal;
use chancery_wire::{Position, Recorded};
use deadpool_postgres::ClientWrapper;
use tokio::sync::{oneshot, watch};
use tokio_postgres::{Config, NoTls};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{Applied, RunError, apply};
use crate::{Build, Feeds, State, Status, View, build, rebuild};

pub(crate) struct Worker {
    pub(crate) view: &'static dyn View,
    pub(crate) config: Config,
    pub(crate) journal: Journal,
    pub(crate) feeds: Arc<dyn Feeds>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) stop: CancellationToken,
}

impl Worker {
    pub(crate) async fn run(self) {
        let mut waits = backoff();
        loop {
            let before = self.position();
            let Err(error) = self.session().await else { break self.tell(State::Stopped) };
            if self.position() > before {
                waits = backoff();
            }
            let permanent = error.is_permanent();
            self.fail(if permanent { State::Failed } else { State::Retrying }, &error);
            if permanent {
                tracing::error!(view = self.view.name(), error = chain(&error), "a view stopped");
                break;
            }
            let wait = waits.next().unwrap_or(LONGEST_WAIT);
            tracing::warn!(view = self.view.name(), error = chain(&error), ?wait, "a view tries again");
            if self.stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                break self.tell(State::Stopped);
            }
        }
    }

    /// Works until it is told to stop or something fails.
    async fn session(&self) -> Result<(), RunError> {
        let Some(ready) = self.stop.run_until_cancelled(self.prepare()).await else { return Ok(()) };
        let (mut client, mut ended, build, mut checkpoint) = ready?;
        self.reach(checkpoint, State::Live);
        loop {
            let Some(feed) = self.stop.run_until_cancelled(self.feeds.open(checkpoint)).await else {
                return Ok(());
            };
            let mut feed = feed?;
            loop {
                let next = async {
                    tokio::select! {
                        batch = feed.next() => batch.map_err(RunError::Feed),
                        // Not only when there is something to write: a server that crashed may have lost what
                        // readers were told is there.
                        _ = &mut ended => Err(RunError::Disconnected),
                    }
                };
                let Some(batch) = self.stop.run_until_cancelled(next).await else { return Ok(()) };
                let before = checkpoint;
                checkpoint = self.take(&mut client, &build, checkpoint, batch?).await?;
                self.reach(checkpoint, State::Live);
                if checkpoint < before {
                    // The server lost the tail of the view in a crash: the log has it still.
                    break;
                }
            }
        }
    }

    /// A connection whose schema is the live build's, which is filled first where its version is new.
    async fn prepare(&self) -> Result<(ClientWrapper, Ended, Build, Position), RunError> {
        let (mut client, ended) = connect(&self.config).await.map_err(RunError::Connect)?;
        let mut build = build::ensure(&mut client, self.view).await?;
        enter(&client, &build).await.map_err(RunError::Connect)?;
        while !build.live {
            let reached = |position| self.reach(position, State::Filling);
            rebuild::fill(&mut client, self.view, &build, &self.journal, None, reached).await?;
            build.live = build::switch(&mut client, self.view, &build).await?;
        }
        build::drop_retired(&mut client, self.view).await?;
        let checkpoint = rebuild::checkpoint(&client, &build).await?;
        Ok((client, ended, build, checkpoint))
    }

    /// Applies what is new of a batch; returns the checkpoint. Another process may run the same view: what it
    /// applied is passed over.
    async fn take(
        &self,
        client: &mut ClientWrapper,
        build: &Build,
        mut checkpoint: Position,
        mut batch: Vec<Recorded>,
    ) -> Result<Position, RunError> {
        loop {
            batch.retain(|event| event.position > checkpoint);
            let Some(last) = batch.last() else { return Ok(checkpoint) };
            let traceparent = last.traceparent.as_deref();
            let span = tracing::info_span!(
                "apply",
                view = self.view.name(),
                after = checkpoint.get(),
                events = batch.len(),
                traceparent
            );
            match apply(client, self.view, build, checkpoint, &batch).instrument(span).await? {
                Applied::Elsewhere(position) if position > checkpoint => checkpoint = position,
                Applied::To(position) | Applied::Elsewhere(position) => return Ok(position),
            }
        }
    }

    fn position(&self) -> Position {
        self.status.borrow().position
    }

    fn reach(&self, position: Position, state: State) {
        self.status.send_replace(Status { position, state, last_error: None });
    }

    fn tell(&self, state: State) {
        self.status.send_modify(|status| status.state = state);
    }

    fn fail(&self, state: State, error: &RunError) {
        self.status.send_modify(|status| {
            status.state = state;
            status.last_error = Some(chain(error));
        });
    }
}

impl Drop for Worker {
    /// Whoever looks at the status must not believe that a worker that panicked is alive.
    fn drop(&mut self) {
        self.status.send_if_modified(|status| {
            let gone = !matches!(status.state, State::Failed | State::Stopped);
            if gone {
                status.state = State::Failed;
                status.last_error = Some("the view's worker ended unexpectedly".to_owned());
            }
            gone
        });
    }
}

/// Resolves when a connection has ended.
pub(crate) type Ended = oneshot::Receiver<()>;

/// A connection that caches statements, under the role that owns the views.
pub(crate) async fn connect(config: &Config) -> Result<(ClientWrapper, Ended), tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    let (alive, ended) = oneshot::channel();
    let connection = tokio::spawn(async move {
        // Whoever uses the connection sees the error too, and says so.
        let _ = connection.await;
        drop(alive);
    });
    Ok((ClientWrapper::new(client, connection), ended))
}

/// From now on the connection's tables are the build's.
pub(crate) async fn enter(client: &ClientWrapper, build: &Build) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(&format!("SET search_path = {}", build.schema_name)).await
}

const LONGEST_WAIT: Duration = Duration::from_secs(5);

fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(LONGEST_WAIT)
        .without_max_times()
        .with_jitter()
        .build()
}

/// An error with its sources, in one line.
fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        line.push_str(": ");
        line.push_str(&error.to_string());
        source = error.source();
    }
    line
}
