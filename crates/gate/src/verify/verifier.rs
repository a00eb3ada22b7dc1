//! Tokens that were verified, remembered.

use std::{fmt, sync::Arc};

use chancery_wire::Position;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::{
    Issuer, TokenClaims, TokenInvalid, TrustedKey, TrustedKeys,
    reader::{self, LONGEST, Reader},
};
use crate::{Claims, ClientId, Gate, TokenState};

/// Tokens remembered: about 60 MB where all have ten scopes.
const REMEMBERED: usize = 65_536;

type Hash = [u8; 32];

/// Verifies tokens, and remembers those that it verified until they expire or their key is withdrawn.
///
/// What it remembers is comparable within one gate: a gate that begins anew begins with a verifier of its own.
pub struct Verifier {
    reader: Reader,
    keys: TrustedKeys,
    remembered: Cache<Hash, Arc<Verified>>,
}

/// A token that was issued here, live or not.
#[derive(Debug)]
pub struct Verified {
    pub claims: TokenClaims,
    gate: Claims,
    key: Arc<TrustedKey>,
}

/// What is known of a token.
#[derive(Debug)]
pub enum Opened {
    /// It was verified before.
    Known(Arc<Verified>),
    /// It is one of ours, and is to be [settled](Verifier::settle) with a gate that knows what it names.
    New(Box<Authentic>),
}

/// A token of ours that no gate has looked at yet.
#[derive(Debug)]
pub struct Authentic {
    hash: Hash,
    claims: TokenClaims,
    client_id: ClientId,
    key: Arc<TrustedKey>,
}

impl Verifier {
    pub fn new(issuer: &Issuer, keys: TrustedKeys) -> Self {
        Self { reader: Reader::new(issuer), keys, remembered: Cache::new(REMEMBERED) }
    }

    /// Looks at a token; `now` is in seconds since 1970. One that is known costs a hash and a look.
    pub fn open(&self, token: &str, now: i64) -> Result<Opened, TokenInvalid> {
        if token.len() > LONGEST {
            return Err(TokenInvalid);
        }
        let hash: Hash = Sha256::digest(token).into();
        if let Some(verified) = self.remembered.get(&hash) {
            if verified.is_to_be_remembered(now) {
                return Ok(Opened::Known(verified));
            }
            self.remembered.remove(&hash);
        }
        let (claims, key) = self.reader.read(token, &self.keys, now)?;
        let client_id = ClientId::parse(&claims.client_id).ok_or(TokenInvalid)?;
        Ok(Opened::New(Box::new(Authentic { hash, claims, client_id, key })))
    }

    /// Whether the token names a key that is not trusted here: one that was published a moment ago, or none.
    pub fn names_unknown_key(&self, token: &str, now: i64) -> bool {
        reader::names_unknown_key(token, &self.keys, now)
    }

    /// Makes the token's claims comparable. Where the gate has reached the token's position they are remembered; one
    /// that is behind does not know all that they name, and is asked again.
    pub fn settle(&self, token: Box<Authentic>, gate: &Gate) -> Arc<Verified> {
        let Authentic { hash, claims, client_id, key } = *token;
        let verified = Arc::new(Verified { gate: gate.claims(&claims.raw(client_id)), claims, key });
        if gate.position() >= verified.gate.pos {
            self.remembered.insert(hash, verified.clone());
        }
        verified
    }
}

impl Authentic {
    /// How far its issuer's gate was.
    pub fn position(&self) -> Position {
        Position::new(self.claims.pos)
    }

    /// When it expires, in seconds since 1970.
    pub fn expires(&self) -> i64 {
        self.claims.exp
    }
}

impl Verified {
    /// As [`crate::Call`] takes it.
    pub fn state(&self) -> TokenState<'_> {
        TokenState::Verified(&self.gate)
    }

    pub fn gate(&self) -> &Claims {
        &self.gate
    }

    /// What has expired is refused by the gate all the same; it only makes room here.
    fn is_to_be_remembered(&self, now: i64) -> bool {
        now < self.claims.exp && self.key.is_trusted(now)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.keys).finish_non_exhaustive()
    }
}
