//! The public keys that are trusted at this moment.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicI64, Ordering},
};

use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;

use super::Algorithm;

/// A published set has a handful: who sends more is not who we think.
const MOST: usize = 64;

/// A published set of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    #[error("the set of published keys is not JSON of RFC 7517")]
    Malformed(#[source] serde_json::Error),
    #[error("the set of published keys has no key that signs access tokens")]
    Empty,
}

/// A public key, and until when it is trusted.
#[derive(Debug)]
pub struct TrustedKey {
    jwk: Jwk,
    algorithm: Algorithm,
    verifying: DecodingKey,
    /// Seconds since 1970, not included. The past from when the key is withdrawn.
    until: AtomicI64,
}

/// The keys that are trusted. A handle: what is replaced is replaced for everybody who cloned it, and what was
/// verified by a key that went is not remembered any longer.
#[derive(Debug, Clone, Default)]
pub struct TrustedKeys(Arc<RwLock<Vec<Arc<TrustedKey>>>>);

impl TrustedKey {
    /// Reads a published key (RFC 7517); `None` where it is none that signs access tokens. Without `until`, in seconds
    /// since 1970, it is trusted until it is withdrawn.
    pub fn read(jwk: &Value, until: Option<i64>) -> Option<Self> {
        let jwk = Jwk::deserialize(jwk).ok()?;
        let signs = jwk.common.public_key_use.as_ref().is_none_or(|uses| *uses == PublicKeyUse::Signature);
        // The kind of the key and its algorithm must go together: a key is never taken for one of another kind.
        let algorithm = match (jwk.common.key_algorithm?, &jwk.algorithm) {
            (KeyAlgorithm::ES256, AlgorithmParameters::EllipticCurve(key))
                if key.curve == EllipticCurve::P256 =>
            {
                Algorithm::Es256
            }
            (KeyAlgorithm::EdDSA, AlgorithmParameters::OctetKeyPair(key))
                if key.curve == EllipticCurve::Ed25519 =>
            {
                Algorithm::EdDsa
            }
            (KeyAlgorithm::RS256, AlgorithmParameters::RSA(_)) => Algorithm::Rs256,
            _ => return None,
        };
        let verifying = DecodingKey::from_jwk(&jwk).ok()?;
        let until = AtomicI64::new(until.unwrap_or(i64::MAX));
        (signs && jwk.common.key_id.is_some()).then_some(Self { jwk, algorithm, verifying, until })
    }

    /// Reads a published set. Keys of other kinds are passed over, as RFC 7517 §5 has it.
    pub fn read_set(document: &[u8], until: Option<i64>) -> Result<Vec<Self>, JwksError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(document).map_err(JwksError::Malformed)?;
        let keys: Vec<_> = set.keys.iter().take(MOST).filter_map(|jwk| Self::read(jwk, until)).collect();
        if keys.is_empty() { Err(JwksError::Empty) } else { Ok(keys) }
    }

    pub fn kid(&self) -> &str {
        self.jwk.common.key_id.as_deref().unwrap_or_default()
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn verifying(&self) -> &DecodingKey {
        &self.verifying
    }

    /// Whether what it signed is believed at this time.
    pub(super) fn is_trusted(&self, now: i64) -> bool {
        now < self.until.load(Ordering::Acquire)
    }
}

impl TrustedKeys {
    /// Trusts these keys and no others. What another one verified is forgotten at once.
    pub fn replace(&self, keys: Vec<TrustedKey>) {
        let mut trusted = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let (mut kept, mut next) = (std::mem::take(&mut *trusted), Vec::with_capacity(keys.len()));
        for key in keys {
            // A key that stays is the same one, so that what it verified stays too.
            let same = kept.iter().position(|known| known.jwk == key.jwk).map(|at| kept.swap_remove(at));
            next.push(match same {
                Some(known) => {
                    known.until.store(key.until.into_inner(), Ordering::Release);
                    known
                }
                None => Arc::new(key),
            });
        }
        for gone in kept {
            gone.until.store(i64::MIN, Ordering::Release);
        }
        *trusted = next;
    }

    /// The key of this name, if it is trusted at this time.
    pub fn find(&self, kid: &str, now: i64) -> Option<Arc<TrustedKey>> {
        let trusted = self.0.read().unwrap_or_else(PoisonError::into_inner);
        trusted.iter().find(|key| key.kid() == kid && key.is_trusted(now)).cloned()
    }

    pub fn is_empty(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}
