//! Follows the log, and signs what it has become: every so many events, and every so many seconds.
//!
//! Any number may run; one seals, the others stand by. It reads the log under a role that may write nothing of it, and its
//! key is nowhere in the database. A checkpoint goes to the witnesses first and into the database then. So, wherever it is
//! killed, no witness is behind for good: the next sealer tells it what it missed, or seals no less than it has seen.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chancery_wire::{Position, audit::SigningKey};
use tokio::{sync::watch, time::sleep};
use tokio_postgres::Config;
use tokio_util::sync::CancellationToken;

use super::{MOST_EVENTS, Witness, session::Session};
use crate::{Follower, Journal, JournalError, Role, connect::config_for};

/// Before another attempt.
const WAIT: Duration = Duration::from_secs(1);
/// The same, where it takes an operator.
const LONG: Duration = Duration::from_secs(10);

/// How often it seals.
#[derive(Debug, Clone, Copy)]
pub struct SealerSettings {
    /// At the latest after so many events, at most 65,536.
    pub every_events: u64,
    /// At the latest after this time.
    pub every: Duration,
}

impl Default for SealerSettings {
    fn default() -> Self {
        Self { every_events: 1_000, every: Duration::from_secs(10) }
    }
}

/// What it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealerStatus {
    Starting,
    /// Another one seals.
    Standby,
    Sealing {
        /// Why a witness does not have the last checkpoint, while it does not.
        witness: Option<String>,
    },
    /// It may not sign what is there; an operator has to look.
    Refused(String),
    /// It tries again.
    Failing(String),
}

/// What it did.
#[derive(Debug, Default)]
pub struct SealerStats {
    pub(super) size: AtomicU64,
    pub(super) checkpoints: AtomicU64,
}

/// Seals the log.
pub struct Sealer {
    config: Config,
    head: Follower,
    pub(super) key: SigningKey,
    pub(super) settings: SealerSettings,
    pub(super) witnesses: Vec<Known>,
    status: watch::Sender<SealerStatus>,
    stats: Arc<SealerStats>,
}

/// A witness, and the size of what it has, as far as that is known.
pub(super) struct Known {
    pub(super) witness: Box<dyn Witness>,
    pub(super) size: u64,
}

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("{0}")]
    Refused(String),
    #[error("the database did not do it")]
    Database(#[from] tokio_postgres::Error),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Sealer {
    /// Of the log at `url`, which `journal` follows.
    pub fn new(
        url: &str,
        journal: &Journal,
        key: SigningKey,
        witnesses: Vec<Box<dyn Witness>>,
        settings: SealerSettings,
    ) -> Result<Self, JournalError> {
        let every_events = settings.every_events.clamp(1, MOST_EVENTS);
        Ok(Self {
            config: config_for(url, Role::Sealer)?,
            head: journal.follow(),
            key,
            settings: SealerSettings { every_events, ..settings },
            witnesses: witnesses.into_iter().map(|witness| Known { witness, size: 0 }).collect(),
            status: watch::Sender::new(SealerStatus::Starting),
            stats: Arc::default(),
        })
    }

    pub fn status(&self) -> watch::Receiver<SealerStatus> {
        self.status.subscribe()
    }

    pub fn stats(&self) -> Arc<SealerStats> {
        self.stats.clone()
    }

    /// Works until it is told to stop. What is not sealed by then, the next one seals.
    pub async fn run(mut self, stop: CancellationToken) {
        let forever = async {
            loop {
                let ended = self.session().await;
                tracing::warn!(
                    error = &ended as &dyn std::error::Error,
                    "the log is not sealed, trying again"
                );
                self.say(match ended {
                    Ended::Refused(why) => SealerStatus::Refused(why),
                    other => SealerStatus::Failing(other.to_string()),
                });
                sleep(if self.is_refused() { LONG } else { WAIT }).await;
            }
        };
        stop.run_until_cancelled(forever).await;
    }

    /// One connection, until something is wrong.
    async fn session(&mut self) -> Ended {
        match self.seal_on().await {
            Err(ended) => ended,
            Ok(never) => match never {},
        }
    }

    async fn seal_on(&mut self) -> Result<std::convert::Infallible, Ended> {
        let mut session = Session::open(&self.config).await?;
        while !session.is_alone().await? {
            self.say(SealerStatus::Standby);
            sleep(WAIT).await;
        }
        session.load().await?;
        let mut head = self.head.clone();
        loop {
            let witness = session.tell_witnesses(self).await?;
            self.stats.size.store(session.size(), Ordering::Relaxed);
            self.say(SealerStatus::Sealing { witness });
            let size = session.size();
            let first = head.after(Position::new(size));
            // Somebody may have to be told again; and a connection that broke shows when it is used.
            if tokio::time::timeout(self.settings.every, first).await.is_err() {
                session.is_alone().await?;
                continue;
            }
            let enough = head.after(Position::new(size + self.settings.every_events - 1));
            let _ = tokio::time::timeout(self.settings.every, enough).await;
            // Not behind a witness that is ahead: what is signed next is what it can compare.
            let seen = self.witnesses.iter().map(|known| known.size).max().unwrap_or(0);
            let most = (size + self.settings.every_events).max(seen.min(size + MOST_EVENTS));
            let up_to = head.head().get().min(most);
            session.seal(self, up_to).await?;
            self.stats.checkpoints.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn is_refused(&self) -> bool {
        matches!(*self.status.borrow(), SealerStatus::Refused(_))
    }

    fn say(&self, status: SealerStatus) {
        self.status.send_if_modified(|known| {
            let changed = *known != status;
            *known = status;
            changed
        });
    }
}

impl SealerStats {
    /// The events up to here are sealed.
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Relaxed)
    }

    /// Checkpoints that this process signed.
    pub fn checkpoints(&self) -> u64 {
        self.checkpoints.load(Ordering::Relaxed)
    }
}

impl SealerStatus {
    /// For programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Standby => "standby",
            Self::Sealing { .. } => "sealing",
            Self::Refused(_) => "refused",
            Self::Failing(_) => "failing",
        }
    }

    /// Whether all is as it should be.
    pub fn is_well(&self) -> bool {
        matches!(self, Self::Standby | Self::Sealing { witness: None })
    }
}

impl fmt::Display for SealerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("starting"),
            Self::Standby => f.write_str("another one seals"),
            Self::Sealing { witness: None } => f.write_str("sealing"),
            Self::Sealing { witness: Some(why) } => {
                write!(f, "sealing, and a witness does not hear of it: {why}")
            }
            Self::Refused(why) => write!(f, "not sealing: {why}"),
            Self::Failing(why) => write!(f, "not sealing at the moment: {why}"),
        }
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let witnesses: Vec<_> = self.witnesses.iter().map(|known| known.witness.to_string()).collect();
        f.debug_struct("Sealer")
            .field("key", &self.key)
            .field("witnesses", &witnesses)
            .finish_non_exhaustive()
    }
}
