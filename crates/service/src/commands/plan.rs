//! What a decision comes to, before it is appended.

use chancery_domain::{Event, Refusal, StreamName};
use serde::Serialize;

use super::CommandError;
use crate::states::Missing;

/// Events and the answer that goes with them.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) status: u16,
    pub(super) events: Vec<Event>,
    /// The stream that the answer is about.
    pub(super) about: Option<StreamName>,
    /// What is kept for a retry.
    pub(super) kept: String,
    /// What is shown now, where that differs: a secret.
    pub(super) shown: Option<String>,
}

impl Plan {
    pub(super) fn new(status: u16, events: Vec<Event>, body: &impl Serialize) -> Self {
        Self { status, events, about: None, kept: json(body), shown: None }
    }

    /// The answer's `ETag` is this stream's version.
    pub(super) fn about(mut self, stream: StreamName) -> Self {
        self.about = Some(stream);
        self
    }

    /// The answer of this one time.
    pub(super) fn shown(mut self, body: &impl Serialize) -> Self {
        self.shown = Some(json(body));
        self
    }
}

/// Why there is no plan.
#[derive(Debug)]
pub(super) enum Stop {
    /// Load these and decide again.
    Missing(Missing),
    Refused(CommandError),
}

impl From<Missing> for Stop {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<CommandError> for Stop {
    fn from(error: CommandError) -> Self {
        Self::Refused(error)
    }
}

fn json(body: &impl Serialize) -> String {
    serde_json::to_string(body)
        .unwrap_or_else(|error| unreachable!("answers have string keys and no fallible field: {error}"))
}
