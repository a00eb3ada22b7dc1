//! Readiness: each dependency with its state.

use std::{
    fmt,
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{Json, extract::State, http::StatusCode};
use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Ops;

/// How long one dependency may take to answer for itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one dependency says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dependency {
    pub ok: bool,
    /// Whether the process can do its work without it for a while. One that is not required never makes the
    /// process unready: commands, for example, need no NATS.
    pub required: bool,
    /// Its state in its own words.
    pub detail: Value,
}

/// Asks one dependency. The binary adds those that this crate knows nothing of.
#[derive(Clone)]
pub struct Check {
    name: String,
    ask: Arc<dyn Fn() -> BoxFuture<'static, Dependency> + Send + Sync>,
}

/// All checks of a process. Cheap to clone: who starts the process may replace them while they are asked.
#[derive(Clone, Debug, Default)]
pub struct Checks(Arc<RwLock<Arc<[Check]>>>);

/// The whole of `/readyz`.
#[derive(Debug, Serialize)]
pub(super) struct Readiness {
    ready: bool,
    dependencies: Vec<Named>,
}

#[derive(Debug, Serialize)]
struct Named {
    name: String,
    #[serde(flatten)]
    dependency: Dependency,
}

impl Check {
    /// `ask` is called for each question; what takes longer than 2 s is not ok.
    pub fn new<F>(name: impl Into<String>, ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Dependency> + Send + 'static,
    {
        Self { name: name.into(), ask: Arc::new(move || ask().boxed()) }
    }

    async fn ask(&self) -> Named {
        let dependency = timeout(PATIENCE, (self.ask)()).await.unwrap_or_else(|_| Dependency {
            ok: false,
            required: true,
            detail: json!({ "error": "no answer in time" }),
        });
        Named { name: self.name.clone(), dependency }
    }
}

impl Checks {
    /// From now on it is these.
    pub fn replace(&self, checks: Vec<Check>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = checks.into();
    }

    fn all(&self) -> Arc<[Check]> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl From<Vec<Check>> for Checks {
    fn from(checks: Vec<Check>) -> Self {
        Self(Arc::new(RwLock::new(checks.into())))
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("name", &self.name).finish_non_exhaustive()
    }
}

/// 200 when everything that is required is there, else 503.
pub(super) async fn ready(State(ops): State<Ops>) -> (StatusCode, Json<Readiness>) {
    let dependencies = join_all(ops.checks.all().iter().map(Check::ask)).await;
    let ready = dependencies.iter().all(|named| named.dependency.ok || !named.dependency.required);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, dependencies }))
}
