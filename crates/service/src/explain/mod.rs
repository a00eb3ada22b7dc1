//! Why an app may use a scope at a tenant, or may not, at a moment of the log: the gate's own decision, folded from
//! the few events that are about it, and the fewer that make it so.
//!
//! Invariant: nothing here decides. [`Gate::access`](chancery_gate::Gate::access) does, which is what decides calls,
//! and whether a secret opens anything is what the token endpoint knows of it.

mod read;

mod case;
mod rests;

mod advice;
mod document;
mod error;

#[cfg(test)]
mod tests;

use chancery_domain::{AppId, Instance, Scope};
use chancery_gate::{Access, Denial, Granted};
use chancery_journal::Moment;
use chancery_wire::{Position, Recorded, v1};
use uuid::Uuid;

pub use document::{AccessDocument, OpenedOperation};
pub use error::ExplainError;
pub use read::explain;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub app_id: AppId,
    pub instance: Instance,
    pub scope: Scope,
}

/// The answer, at a moment, and the events that make it so.
#[derive(Debug)]
pub struct Explanation {
    pub question: Question,
    pub moment: Moment,
    pub outcome: Result<Granted, Denial>,
    /// In the log's order. Folding these alone gives the same outcome.
    pub events: Vec<Recorded>,
    /// The secret that a token could be had with, or that ended last, if one was ever generated.
    pub secret_id: Option<Uuid>,
    /// Of the catalog as it was: what the scope opens.
    pub operations: Vec<v1::Operation>,
    /// The event that published that catalog.
    pub catalog: Option<Position>,
    /// What is to be done about it.
    advice: advice::Advice,
}

impl Question {
    /// As the gate is asked: with a token that would be issued on this secret.
    fn access(&self, secret_id: Option<Uuid>) -> Access<'_> {
        Access {
            app_id: self.app_id.0,
            tenant_id: self.instance.tenant_id.get(),
            environment: self.instance.environment.as_str(),
            scope: self.scope.as_str(),
            secret_id,
        }
    }
}
