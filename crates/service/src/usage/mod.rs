//! Usage (rule 31): what meters tell is added up by minute, hour and day, and reported.
//!
//! Each batch counts once, however often and in whatever order it comes: what it adds and how far its source has come
//! is one transaction. What did not come is a gap, and reports are complete until the oldest one.
//!
//! Invariants: usage never enters the log, and nothing that decides reads it. Latencies are never averaged: sketches are
//! merged, and quantiles made of the sum.

mod error;
mod granularity;
mod settings;

mod progress;

mod counts;
mod latencies;

mod rows;
mod store;

mod retention;

mod complete;
pub mod grants;
pub mod report;

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use chancery_journal::Journal;
use deadpool_postgres::Object;
use tokio::sync::{Semaphore, SemaphorePermit};

pub use error::{Outcome, Refusal, UsageError};
pub use granularity::Granularity;
pub use settings::UsageSettings;

use crate::sources::Sources;

/// How many connections usage may hold of those that commands and reads live on.
const CONNECTIONS: usize = 3;

/// The tables of usage. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Usage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    journal: Journal,
    sources: Sources,
    settings: UsageSettings,
    connections: Semaphore,
}

/// Whether a batch may leave a gap before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Who sends it is answered, and can send first what is missing.
    Strict,
    /// Nobody would hear: the gap is noted, and filled if what is missing comes later.
    Lenient,
}

impl Usage {
    pub fn new(journal: Journal, sources: Sources, settings: UsageSettings) -> Self {
        let connections = Semaphore::new(CONNECTIONS);
        Self(Arc::new(Inner { journal, sources, settings, connections }))
    }

    /// A connection, of which usage gets a few: a heavy report must not keep a command waiting.
    async fn connection(&self) -> Result<Connection<'_>, UsageError> {
        // Never closed, so it is always given.
        let permit = self.0.connections.acquire().await.ok();
        Ok(Connection { object: self.0.journal.client().await?, _permit: permit })
    }
}

struct Connection<'a> {
    object: Object,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Deref for Connection<'_> {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.object
    }
}

impl DerefMut for Connection<'_> {
    fn deref_mut(&mut self) -> &mut Object {
        &mut self.object
    }
}
