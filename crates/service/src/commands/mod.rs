//! Commands: each reads the streams it needs, lets the domain decide, and appends. One method a command, one
//! file an aggregate; [`execute`](execute::Executor) is the way that all of them go.
//!
//! Invariant: a command reads the log and never a view. (Operators' commands also ask the engine how projections are.)

mod answer;
mod caller;
mod error;
mod execute;
mod fields;
mod plan;
pub(crate) mod render;
mod turns;
mod words;

mod access;
mod access_tokens;
mod admission;
mod apps;
mod catalog;
mod connections;
mod groups;
mod limits;
mod members;
mod networks;
mod organizations;
mod people;
mod projections;
mod secrets;
mod tenants;
mod tokens;

pub use access::{AccessDecision, DecidedAccess, NewTenant, RequestAccess, RequestedAccess};
pub use access_tokens::RevokeAccessToken;
pub use answer::Answer;
pub use apps::{AddTenants, CreateApp, EditApp, EditScopes, ReviewDecision, ReviewVerdict};
pub use caller::Caller;
pub use catalog::{CatalogSummary, PublishCatalog, PublishedOperation, PublishedScope};
pub use connections::{ConnectionAnswer, Consent, DecideConnection, DecideUpgrade};
pub use error::{CommandError, FieldError};
pub use groups::{ConnectGroup, CreateGroup, GroupConnections, GroupMember};
pub use limits::{RateLimitAnswer, SetRateLimit};
pub use networks::CreateNetwork;
pub use organizations::RegisterOrganization;
pub use people::ForgottenPerson;
pub use projections::{Asked, Because, PromoteWhen, RequestRebuild, ResumeRebuild, SkipDeadLetter};
pub use secrets::{GenerateSecret, GeneratedSecret, RevokedSecret};
pub use tenants::RegisterTenant;
pub use tokens::{IssueToken, IssuedToken, RevokedToken, Subject};

use std::sync::Arc;

use chancery_domain::Environment;
use chancery_journal::{Appender, Journal};

use crate::sources::Sources;

/// The write side. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Commands(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    executor: execute::Executor,
    admissions: admission::Admissions,
    sources: Sources,
    /// The environments that exist here.
    environments: Vec<Environment>,
}

impl Commands {
    pub fn new(
        journal: Journal,
        appender: Appender,
        sources: Sources,
        environments: Vec<Environment>,
    ) -> Self {
        let admissions = admission::Admissions::new(journal.clone());
        let executor = execute::Executor::new(journal, appender, sources.clone());
        Self(Arc::new(Inner { executor, admissions, sources, environments }))
    }
}
