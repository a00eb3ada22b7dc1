//! The gate in your own process: every call of the platform's API decided in microseconds, without asking anybody.
//!
//! A [`Gate`] starts from a copy of Chancery's gate and follows the log: over NATS where it has one, over HTTP where it
//! has none or while NATS is away. It verifies tokens with the published keys. So it decides as Chancery's own doors
//! do, with the same codes, and what was revoked is refused here within a second.
//!
//! It knows how far the log is, and therefore whether it is behind. When it has not been at the log's head for
//! [`GateSettings::max_staleness`] it refuses every call with `gate_stale`, until it has caught up. When the log was
//! replaced it begins anew.
//!
//! Limits are exact within one gate: where several share the calls, give each its [`GateSettings::limit_share`].

mod decision;
mod error;
mod follow;
mod freshness;
mod keys;
mod metered;
mod settings;
mod start;
mod verify;
mod world;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use chancery_gate::{Moment, verify::TrustedKeys};
use chancery_wire::Position;
use jiff::Timestamp;
use tokio::task::JoinSet;
use uuid::Uuid;

pub use chancery_gate::{
    ClientId, Denial, Held, OperationKind, Quota,
    door::{Decided, DoorAnswer, DoorRequest as Request, Observer, Remedy, Sent, Unobserved, Vouched},
    verify::Issuer,
};
pub use decision::{Decision, Passed, Refusal};
pub use error::StartError;
pub use metered::Metered;
pub use settings::{GateSettings, Nats};

use crate::Api;
use freshness::Freshness;
use world::World;

/// The gate in process. Cheap to clone; what keeps it up to date ends with the last clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

/// What the tasks that keep the gate up to date share with it.
struct Shared {
    api: Api,
    settings: GateSettings,
    /// Of the log that is followed; another one takes its place when the log was replaced.
    world: RwLock<Arc<World>>,
    keys: TrustedKeys,
    /// When the keys were looked for last, because of a token.
    looked: tokio::sync::Mutex<Option<Instant>>,
    freshness: Freshness,
    started: Instant,
}

impl Gate {
    /// Copies the gate and the published keys over HTTP, and follows the log from there. To be called where tokio
    /// runs.
    pub async fn start(api: Api, settings: GateSettings) -> Result<Self, StartError> {
        let keys = TrustedKeys::default();
        keys::load(&api, &keys).await?;
        let world = start::copy(&api, &settings, &keys).await?;
        let shared = Arc::new(Shared {
            api,
            settings,
            world: RwLock::new(Arc::new(world)),
            keys,
            looked: tokio::sync::Mutex::default(),
            freshness: Freshness::default(),
            started: Instant::now(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(follow::run(shared.clone()));
        tasks.spawn(keys::run(shared.clone()));
        Ok(Self(Arc::new(Inner { shared, _tasks: tasks })))
    }

    /// Decides one call. What passes counts against its limit.
    ///
    /// It waits only for what is new: a token that another gate issued a moment ago and the log has not brought yet,
    /// or one that names a key that was never seen; for either at most two seconds.
    pub async fn authorize(&self, request: &Request<'_>) -> Decision {
        self.decide(request, Decision::of).await
    }

    /// As [`Self::authorize`], without a copy of what was decided: `answer` is handed it while the gate is held still,
    /// and must not wait for anything.
    pub async fn decide<T>(&self, request: &Request<'_>, answer: impl FnOnce(&DoorAnswer<'_>) -> T) -> T {
        let shared = &*self.0.shared;
        let question = request.question();
        let world = shared.world();
        let verified = match question.token() {
            Some(token) => shared.verify(&world, token).await.ok(),
            None => None,
        };
        let verified = verified.as_deref();
        let call = question.call(verified);
        let gate = world.gate();
        let outcome = if self.is_stale() && !shared.settings.serve_stale {
            Err(Denial::Stale)
        } else {
            gate.check(&call, shared.now())
        };
        let decision = question.answer(&call, verified, outcome, &gate, Uuid::now_v7());
        shared.settings.observer.decided(&decision.decided());
        answer(&decision)
    }

    /// The log that is followed.
    pub fn log_id(&self) -> Uuid {
        self.0.shared.world().log_id
    }

    /// The last event that the gate knows.
    pub fn position(&self) -> Position {
        self.0.shared.world().gate().position()
    }

    /// How long ago the gate was last known to be at the log's head; `None` before it ever was.
    pub fn staleness(&self) -> Option<Duration> {
        self.0.shared.freshness.staleness()
    }

    /// Whether it is too far behind to decide.
    pub fn is_stale(&self) -> bool {
        let most = self.0.shared.settings.max_staleness;
        self.staleness().is_none_or(|staleness| staleness > most)
    }
}

impl Shared {
    fn world(&self) -> Arc<World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn now(&self) -> Moment {
        Moment { unix: unix(), monotonic: self.started.elapsed() }
    }
}

/// Seconds since 1970.
fn unix() -> i64 {
    Timestamp::now().as_second()
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("world", &self.0.shared.world()).finish_non_exhaustive()
    }
}
