//! How a view's runner is doing, for `/readyz`, the metrics, and readers that wait.

use std::{collections::BTreeMap, sync::Arc};

use chancery_wire::Position;
use serde::Serialize;
use tokio::sync::watch;

use crate::View;

/// What a runner does with its view at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not yet connected.
    Starting,
    /// A new build catches up with the log; readers still see the one before.
    Filling,
    /// Applies events as they come.
    Live,
    /// An operator wants nothing applied.
    Paused,
    /// Other processes apply all of it.
    Elsewhere,
    /// Something failed that may pass; waits and tries again.
    Retrying,
    /// Something keeps this process from running it that will not pass by itself.
    Failed,
    /// Was asked to stop, and did, at a checkpoint.
    Stopped,
}

/// A view's state in this process, the position of its live build, and what went wrong last while it is not well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The least of its shards'. As it moves where all of them are here, otherwise as last looked at.
    pub position: Position,
    pub state: State,
    /// True where this process applies all of the view.
    pub whole: bool,
    pub last_error: Option<String>,
}

impl Status {
    pub(crate) const STARTING: Self =
        Self { position: Position::START, state: State::Starting, whole: false, last_error: None };
}

/// The statuses of all views that this process runs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Statuses(Arc<BTreeMap<&'static str, watch::Receiver<Status>>>);

impl Statuses {
    pub(crate) fn new(of: impl IntoIterator<Item = (&'static str, watch::Receiver<Status>)>) -> Self {
        Self(Arc::new(of.into_iter().collect()))
    }

    /// The status of one view, if this process runs it.
    pub fn watch(&self, view: &dyn View) -> Option<watch::Receiver<Status>> {
        self.0.get(view.name()).cloned()
    }

    /// Every view's status now, by name.
    pub fn all(&self) -> BTreeMap<&'static str, Status> {
        self.0.iter().map(|(name, status)| (*name, status.borrow().clone())).collect()
    }
}
