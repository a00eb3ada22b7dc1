//! When a secret was last used, to about a minute: gathered in memory, written now and then, never waited for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use chancery_journal::{Journal, JournalError};
use jiff::Timestamp;
use uuid::Uuid;

/// How often it is written down.
const PERIOD: Duration = Duration::from_secs(15);

/// What was used since it was last written down. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SecretUses(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    journal: Journal,
    waiting: Mutex<HashMap<Uuid, Timestamp>>,
}

/// The uses could not be written down; they wait for the next time.
#[derive(Debug, thiserror::Error)]
pub enum UsesError {
    #[error("the table of uses cannot be reached")]
    Journal(#[from] JournalError),
    #[error("the uses of secrets cannot be written")]
    Query(#[from] tokio_postgres::Error),
}

impl SecretUses {
    pub(super) fn record(journal: Journal) -> Self {
        let inner = Arc::new(Inner { journal, waiting: Mutex::default() });
        tokio::spawn(write_now_and_then(Arc::downgrade(&inner)));
        Self(inner)
    }

    pub(super) fn used(&self, secret_id: Uuid, at: Timestamp) {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(secret_id, at);
    }

    /// Writes what is waiting.
    pub async fn write(&self) -> Result<(), UsesError> {
        self.0.write().await
    }
}

async fn write_now_and_then(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(PERIOD).await;
        let Some(inner) = inner.upgrade() else { return };
        if let Err(error) = inner.write().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the last uses of secrets wait to be written"
            );
        }
    }
}

impl Inner {
    async fn write(&self) -> Result<(), UsesError> {
        let uses = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if uses.is_empty() {
            return Ok(());
        }
        let written = self.upsert(&uses).await;
        if written.is_err() {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            for (secret_id, at) in uses {
                waiting.entry(secret_id).or_insert(at);
            }
        }
        written
    }

    /// In the order of the ids, so that two processes never wait for each other.
    async fn upsert(&self, uses: &HashMap<Uuid, Timestamp>) -> Result<(), UsesError> {
        let mut sorted: Vec<_> = uses.iter().map(|(secret_id, at)| (*secret_id, *at)).collect();
        sorted.sort_unstable();
        let (secrets, times): (Vec<_>, Vec<_>) = sorted.into_iter().unzip();
        let client = self.journal.client().await?;
        let sql = "INSERT INTO secret_uses (secret_id, last_used_at) \
                   SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) \
                   ON CONFLICT (secret_id) DO UPDATE SET last_used_at = \
                   greatest(secret_uses.last_used_at, excluded.last_used_at)";
        client.execute(sql, &[&secrets, &times]).await?;
        Ok(())
    }
}
