//! The gate, kept at the log's head by one task.

use std::{
    sync::{
        Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use chancery_gate::{Allowed, Call, Denial, Gate, Moment};
use chancery_journal::{Follower, Journal};
use chancery_wire::{Position, Recorded};
use serde_json::json;
use tokio::{
    sync::{Mutex, Notify},
    task::AbortHandle,
    time::timeout,
};

use super::{Credentials, Folded, GateSettings, message};
use crate::{
    ops::{Check, Dependency},
    sources::Sources,
    states::LoadError,
};

/// Events read at once.
const PAGE: usize = 1_000;
/// The head is asked for at least this often, so that silence is told from a log that is away.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// After a failure.
const PAUSE: Duration = Duration::from_millis(200);

/// The gate of this process. Cheap to clone; the task behind it ends with the last clone.
#[derive(Debug, Clone)]
pub struct GateHouse(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    journal: Journal,
    sources: Sources,
    settings: GateSettings,
    folded: RwLock<Folded>,
    /// Held while events are folded.
    moving: Mutex<()>,
    /// When it was last known to be at the head, in milliseconds since `started`; 0: never yet.
    fresh: AtomicU64,
    /// Tells when `fresh` moves.
    looked: Notify,
    started: Instant,
    follower: OnceLock<AbortHandle>,
}

/// What is folded, held still.
#[derive(Debug)]
pub struct View<'a>(RwLockReadGuard<'a, Folded>);

impl View<'_> {
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(follower) = self.follower.get() {
            follower.abort();
        }
    }
}

impl GateHouse {
    /// Follows the log from its beginning. Until it has reached the head it is stale.
    pub fn follow(journal: Journal, sources: Sources, settings: GateSettings) -> Self {
        let gate = Gate::new(chancery_gate::Settings { limit_share: settings.limit_share });
        let inner = Arc::new(Inner {
            folded: RwLock::new(Folded { gate, credentials: Credentials::default() }),
            moving: Mutex::new(()),
            fresh: AtomicU64::new(0),
            looked: Notify::new(),
            started: Instant::now(),
            follower: OnceLock::new(),
            journal,
            sources,
            settings,
        });
        let follower = tokio::spawn(follow(Arc::downgrade(&inner), inner.journal.follow()));
        inner.follower.get_or_init(|| follower.abort_handle());
        Self(inner)
    }

    /// Decides one call and hands the decision to `answer`, under the gate's lock: nothing is copied. A stale gate
    /// refuses, unless it was configured to serve.
    pub fn check<T>(
        &self,
        call: &Call<'_>,
        answer: impl FnOnce(Result<Allowed<'_>, Denial>, &Gate) -> T,
    ) -> T {
        let folded = self.folded();
        let gate = &folded.gate;
        if self.is_stale() && !self.0.settings.serve_stale {
            return answer(Err(Denial::Stale), gate);
        }
        answer(gate.check(call, self.now()), gate)
    }

    /// What is folded, held still while it is looked at: let go of it before waiting for anything.
    pub fn view(&self) -> View<'_> {
        View(self.folded())
    }

    /// The last event that is folded.
    pub fn position(&self) -> Position {
        self.folded().gate.position()
    }

    /// How long ago it was last known to be at the log's head; `None` before it ever was.
    pub fn staleness(&self) -> Option<Duration> {
        let fresh = Some(self.0.fresh.load(Ordering::Acquire)).filter(|fresh| *fresh > 0)?;
        Some(self.0.started.elapsed().saturating_sub(Duration::from_millis(fresh)))
    }

    pub fn is_stale(&self) -> bool {
        self.staleness().is_none_or(|staleness| staleness > self.0.settings.max_staleness)
    }

    /// Folds what the log has now. Those who ask while others are at it share the next time.
    pub async fn catch_up(&self) -> Result<(), LoadError> {
        self.0.catch_up().await
    }

    /// Waits until what the log has now is folded, without reading it for this one: the gate looks at least once a
    /// second. Ends also when it does not, because the log is away.
    pub async fn caught_up(&self) {
        let asked = self.0.elapsed();
        let looked = async {
            loop {
                let next = self.0.looked.notified();
                if self.0.fresh.load(Ordering::Acquire) > asked {
                    return;
                }
                next.await;
            }
        };
        let _ = timeout(2 * HEARTBEAT, looked).await;
    }

    /// Waits until the event at `position` is folded, if the log has it.
    pub async fn reach(&self, position: Position) -> Result<bool, LoadError> {
        if self.position() < position {
            self.catch_up().await?;
        }
        Ok(self.position() >= position)
    }

    /// Whether it is fresh, for `/readyz`.
    pub fn check_ready(&self) -> Check {
        let house = self.clone();
        Check::new("gate", move || {
            let (staleness, position) = (house.staleness(), house.position());
            let ok = !house.is_stale();
            async move {
                let staleness_ms = staleness.map(|staleness| staleness.as_millis().to_string());
                let detail = json!({ "position": position.get(), "staleness_ms": staleness_ms });
                Dependency { ok, required: true, detail }
            }
        })
    }

    fn folded(&self) -> RwLockReadGuard<'_, Folded> {
        self.0.folded.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        Moment { unix: self.0.sources.now().as_second(), monotonic: self.0.started.elapsed() }
    }
}

async fn follow(inner: std::sync::Weak<Inner>, mut head: Follower) {
    loop {
        let position = {
            let Some(inner) = inner.upgrade() else { return };
            if let Err(error) = inner.catch_up().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the gate cannot follow the log, trying again"
                );
                tokio::time::sleep(PAUSE).await;
            }
            inner.position()
        };
        // Nobody waits longer than this to be told that nothing happened.
        let _ = timeout(HEARTBEAT, head.after(position)).await;
    }
}

impl Inner {
    async fn catch_up(&self) -> Result<(), LoadError> {
        let asked = self.elapsed();
        let _moving = self.moving.lock().await;
        if self.fresh.load(Ordering::Acquire) > asked {
            // Somebody began after this one asked, and is done.
            return Ok(());
        }
        let since = self.elapsed();
        let head = self.journal.head().await?.position;
        while self.position() < head {
            let events = self.journal.read(self.position(), PAGE).await?;
            if events.is_empty() {
                break;
            }
            for event in &events {
                self.apply(event)?;
            }
        }
        self.fresh.store(since.max(1), Ordering::Release);
        self.looked.notify_waiters();
        Ok(())
    }

    fn apply(&self, event: &Recorded) -> Result<(), LoadError> {
        // Decoded before the lock is taken, which decisions wait for.
        let message = message(event)?;
        let mut folded = self.folded.write().unwrap_or_else(PoisonError::into_inner);
        folded.apply(event, message.as_ref())
    }

    fn position(&self) -> Position {
        self.folded.read().unwrap_or_else(PoisonError::into_inner).gate.position()
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
