//! Loading streams, from memory or from the log.

use std::collections::HashMap;

use chancery_domain::{AppId, StreamName};
use chancery_journal::{Journal, JournalError};
use chancery_wire::{DecodeError, Position, Recorded};
use quick_cache::sync::Cache;

use super::{Folded, Listed};
use crate::translate::{self, TranslateError};

/// Streams kept in memory; a stream takes from a hundred bytes to some kilobytes.
const CAPACITY: usize = 100_000;

/// Why a stream could not be folded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("event {position} cannot be read")]
    Decode { position: Position, source: DecodeError },
    #[error("event {position} does not make sense")]
    Translate { position: Position, source: TranslateError },
    #[error("event {position} cannot be folded")]
    Unusable { position: Position, source: Box<dyn std::error::Error + Send + Sync> },
}

/// Folded streams, the most used of them in memory.
#[derive(Debug)]
pub(crate) struct States {
    journal: Journal,
    cache: Cache<StreamName, Folded>,
}

/// Loaded streams, and whether any came from memory, where others may have moved on.
pub(crate) struct Loaded {
    pub(crate) streams: Vec<(StreamName, Folded)>,
    pub(crate) from_memory: bool,
}

impl States {
    pub(crate) fn new(journal: Journal) -> Self {
        Self { journal, cache: Cache::new(CAPACITY) }
    }

    /// The streams as last known here; what is not known, and with `fresh` everything, is read from the log.
    pub(crate) async fn load(&self, names: Vec<StreamName>, fresh: bool) -> Result<Loaded, LoadError> {
        let mut streams = Vec::with_capacity(names.len());
        let mut behind = HashMap::new();
        for name in names {
            match self.cache.get(&name) {
                Some(folded) if !fresh => streams.push((name, folded)),
                known => {
                    let folded = known.unwrap_or_else(|| Folded::absent(&name));
                    behind.insert(name.to_string(), (name, folded));
                }
            }
        }
        let from_memory = !streams.is_empty();
        if !behind.is_empty() {
            let tails = behind.iter().map(|(stream, (_, folded))| (stream.as_str(), folded.version));
            let events = self.journal.streams(tails).await?;
            for event in &events {
                if let Some((_, folded)) = behind.get_mut(&event.stream) {
                    fold(folded, event)?;
                }
            }
            for (_, (name, folded)) in behind {
                self.keep(name.clone(), folded.clone());
                streams.push((name, folded));
            }
        }
        Ok(Loaded { streams, from_memory })
    }

    /// The tenants that the app is listed for, always read from the log.
    pub(crate) async fn listed(&self, app_id: AppId) -> Result<Listed, LoadError> {
        Ok(Listed::read(&self.journal, app_id).await?)
    }

    /// Remembers a stream, unless a later version of it is known.
    pub(crate) fn keep(&self, name: StreamName, folded: Folded) {
        // Two that race here may leave the earlier version; the next append on it is refused and reads anew.
        if folded.version > 0 && self.cache.get(&name).is_none_or(|known| known.version < folded.version) {
            self.cache.insert(name, folded);
        }
    }
}

fn fold(folded: &mut Folded, event: &Recorded) -> Result<(), LoadError> {
    let position = event.position;
    let message = event.decode().map_err(|source| LoadError::Decode { position, source })?;
    let translated = |source| LoadError::Translate { position, source };
    let domain = translate::to_domain(&message).map_err(translated)?;
    folded.apply(&domain, &translate::stamp(event).map_err(translated)?);
    Ok(())
}
