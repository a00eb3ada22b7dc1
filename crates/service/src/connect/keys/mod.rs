//! The keys that sign access tokens: made at the first start, stored sealed, rotated with overlap.
//!
//! The next key is always published before it signs, so whoever keeps the published set for a while still knows it.

mod key;
mod master;
mod set;
mod store;

use std::{
    sync::{Arc, PoisonError, RwLock, Weak},
    time::Duration,
};

use chancery_gate::verify::{Algorithm, TrustedKeys};
use chancery_journal::Journal;

pub use key::{KeyError, SigningKey};
pub use master::{MasterKey, MasterKeyError};
pub use set::{KeySet, PublishedKey};
pub use store::KeysError;

use crate::sources::Sources;

/// Rotations of other processes are seen within this time, long before the key that they name signs.
const REFRESH: Duration = Duration::from_secs(30);

/// The signing keys, kept up to date. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Keys(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: store::Store,
    set: RwLock<Arc<KeySet>>,
    /// The public halves, for who verifies.
    trusted: TrustedKeys,
}

impl Keys {
    /// Opens the stored keys, and makes the first ones where there are none.
    pub async fn open(
        journal: Journal,
        master: MasterKey,
        sources: &Sources,
        algorithm: Algorithm,
    ) -> Result<Self, KeysError> {
        let store = store::Store { journal, master };
        let set = store.ensure(algorithm, sources.now()).await?;
        let trusted = TrustedKeys::default();
        trusted.replace(set.trusted());
        let inner = Arc::new(Inner { store, set: RwLock::new(Arc::new(set)), trusted });
        tokio::spawn(refresh(Arc::downgrade(&inner)));
        Ok(Self(inner))
    }

    /// Lets the next key sign, and publishes another one after it.
    pub async fn rotate(
        journal: Journal,
        master: MasterKey,
        sources: &Sources,
        algorithm: Algorithm,
    ) -> Result<KeySet, KeysError> {
        store::Store { journal, master }.rotate(algorithm, sources.now()).await
    }

    pub fn set(&self) -> Arc<KeySet> {
        self.0.set.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys that verify, as they stand from now on.
    pub(crate) fn trusted(&self) -> &TrustedKeys {
        &self.0.trusted
    }

    /// Reads them again.
    pub async fn refresh(&self) -> Result<(), KeysError> {
        self.0.refresh().await
    }
}

impl Inner {
    async fn refresh(&self) -> Result<(), KeysError> {
        let set = self.store.load().await?;
        if set.is_empty() {
            return Err(KeysError::None);
        }
        self.trusted.replace(set.trusted());
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
        Ok(())
    }
}

async fn refresh(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(REFRESH).await;
        let Some(inner) = inner.upgrade() else { return };
        if let Err(error) = inner.refresh().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the signing keys cannot be read again");
        }
    }
}
