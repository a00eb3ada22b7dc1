//! The tokens that are live now, by hash: a projection in memory, followed from the log.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chancery_domain::{Event, TokenId, token};
use chancery_journal::{Filter, Journal};
use chancery_wire::{Position, Recorded};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::{sync::Mutex, task::AbortHandle};

use super::Principal;
use crate::{sources::Sources, states::LoadError, translate};

/// Events read at once.
const PAGE: usize = 1000;
/// A revocation is noticed within this time, however fast other events come.
const PAUSE: Duration = Duration::from_millis(50);
/// No token is longer.
const LONGEST: usize = 200;

/// Why a bearer is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Unknown, malformed, revoked or expired: which one is nobody's business.
    #[error("the bearer token is not valid")]
    Unknown,
    #[error("the tokens could not be read from the log")]
    Unavailable(#[from] LoadError),
}

/// The live tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tokens(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    journal: Journal,
    sources: Sources,
    table: RwLock<Table>,
    /// The position that the table reflects; held while it is moved.
    position: Mutex<Position>,
    follower: std::sync::OnceLock<AbortHandle>,
}

#[derive(Debug, Default)]
struct Table {
    by_hash: HashMap<[u8; 32], Entry>,
    hash_of: HashMap<TokenId, [u8; 32]>,
}

#[derive(Debug)]
struct Entry {
    state: token::State,
    principal: Arc<Principal>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(follower) = self.follower.get() {
            follower.abort();
        }
    }
}

impl Tokens {
    /// Follows the log's tokens from its beginning.
    pub fn follow(journal: Journal, sources: Sources) -> Self {
        let inner = Arc::new(Inner {
            journal,
            sources,
            table: RwLock::default(),
            position: Mutex::new(Position::START),
            follower: std::sync::OnceLock::new(),
        });
        let follower = tokio::spawn(follow(Arc::downgrade(&inner), inner.journal.follow()));
        inner.follower.get_or_init(|| follower.abort_handle());
        Self(inner)
    }

    /// The bearer of `text`. One that is not known is looked for in the log once, so that a fresh token works
    /// at once in every process.
    pub async fn authenticate(&self, text: &str) -> Result<Arc<Principal>, AuthError> {
        if text.len() > LONGEST {
            return Err(AuthError::Unknown);
        }
        let hash: [u8; 32] = Sha256::digest(text).into();
        if let Some(found) = self.find(&hash) {
            return found;
        }
        self.0.catch_up().await?;
        self.find(&hash).unwrap_or(Err(AuthError::Unknown))
    }

    /// Sees what the log has of tokens now, at once.
    pub async fn catch_up(&self) -> Result<(), AuthError> {
        Ok(self.0.catch_up().await?)
    }

    fn find(&self, hash: &[u8; 32]) -> Option<Result<Arc<Principal>, AuthError>> {
        let table = self.0.table.read().unwrap_or_else(PoisonError::into_inner);
        let entry = table.by_hash.get(hash)?;
        let live = entry.state.live_at(self.0.sources.now());
        let same = live.is_some_and(|token| token.sha256.0.ct_eq(hash).into());
        Some(if same { Ok(entry.principal.clone()) } else { Err(AuthError::Unknown) })
    }
}

async fn follow(inner: std::sync::Weak<Inner>, mut head: chancery_journal::Follower) {
    let mut position = Position::START;
    loop {
        let reached = head.after(position).await;
        let Some(inner) = inner.upgrade() else { return };
        match inner.catch_up().await {
            Ok(()) => position = reached,
            Err(error) => tracing::warn!(%error, "following the tokens failed, trying again"),
        }
        drop(inner);
        tokio::time::sleep(PAUSE).await;
    }
}

impl Inner {
    /// Applies what the log has of tokens that the table has not.
    async fn catch_up(&self) -> Result<(), LoadError> {
        let mut position = self.position.lock().await;
        let filter = Filter { category: Some("token".into()), ..Filter::default() };
        let head = self.journal.head().await?.position;
        while *position < head {
            let events = self.journal.select(&filter, *position, PAGE).await?;
            for event in &events {
                self.apply(event)?;
            }
            *position = match events.last() {
                Some(last) if events.len() == PAGE => last.position,
                _ => head.max(*position),
            };
        }
        Ok(())
    }

    fn apply(&self, recorded: &Recorded) -> Result<(), LoadError> {
        let position = recorded.position;
        let message = recorded.decode().map_err(|source| LoadError::Decode { position, source })?;
        let translated = |source| LoadError::Translate { position, source };
        let event = translate::to_domain(&message).map_err(translated)?;
        let stamp = translate::stamp(recorded).map_err(translated)?;
        self.table.write().unwrap_or_else(PoisonError::into_inner).apply(&event, &stamp);
        Ok(())
    }
}

impl Table {
    fn apply(&mut self, event: &Event, stamp: &chancery_domain::Stamp) {
        match event {
            Event::ApiTokenIssued(issued) => {
                let state = token::evolve(token::State::Absent, event, stamp);
                if let token::State::Issued(token) = &state {
                    let principal = Arc::new(Principal::of(token));
                    self.hash_of.insert(issued.token_id, issued.sha256.0);
                    self.by_hash.insert(issued.sha256.0, Entry { state, principal });
                }
            }
            // A revoked token is forgotten: it is refused like one that never was.
            Event::ApiTokenRevoked(revoked) => {
                if let Some(hash) = self.hash_of.remove(&revoked.token_id) {
                    self.by_hash.remove(&hash);
                }
            }
            _ => {}
        }
    }
}
