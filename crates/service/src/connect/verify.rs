//! Is this token one of ours? Verified once, then remembered by the hash of the whole of it.
//!
//! Whether it is still good is not asked here: that changes, and the gate knows.

use std::{fmt, sync::Arc};

use chancery_gate::TokenState;
use chancery_wire::Position;
use jsonwebtoken::{Validation, decode, decode_header};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::{
    Issuer, TYPE, TokenClaims,
    keys::{Algorithm, Keys},
};
use crate::{gate::GateHouse, sources::Sources};

/// Tokens remembered: about 60 MB where all have ten scopes.
const REMEMBERED: usize = 65_536;
/// No token is longer: hundreds of scopes fit.
const LONGEST: usize = 32 * 1024;
/// Seconds by which the clock of an issuer may be ahead of this one's.
const SKEW: i64 = 60;

/// The token is none of ours: malformed, of another issuer or audience, its signature is wrong, or it is from the
/// future. Which one is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid")]
pub struct TokenInvalid;

/// A token that was issued here, live or not.
#[derive(Debug)]
pub struct Verified {
    pub claims: TokenClaims,
    gate: chancery_gate::Claims,
    /// How far the gate was when it read the claims.
    read_at: Position,
}

impl Verified {
    /// As [`chancery_gate::Call`] takes it.
    pub fn state(&self) -> TokenState<'_> {
        TokenState::Verified(&self.gate)
    }

    pub fn gate(&self) -> &chancery_gate::Claims {
        &self.gate
    }
}

/// Verifies tokens. Cheap to clone.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    keys: Keys,
    house: GateHouse,
    sources: Sources,
    rules: [(Algorithm, Validation); 3],
    remembered: Cache<[u8; 32], Arc<Verified>>,
}

impl Verifier {
    pub fn new(issuer: &Issuer, keys: Keys, house: GateHouse, sources: Sources) -> Self {
        let rules = Algorithm::ALL.map(|algorithm| (algorithm, rules(algorithm, issuer)));
        Self(Arc::new(Inner { keys, house, sources, rules, remembered: Cache::new(REMEMBERED) }))
    }

    /// The token's claims. Where the gate here is behind the token's issuer, it catches up first: else it would not
    /// know what the token stands for.
    pub async fn verify(&self, token: &str) -> Result<Arc<Verified>, TokenInvalid> {
        if token.len() > LONGEST {
            return Err(TokenInvalid);
        }
        let hash: [u8; 32] = Sha256::digest(token).into();
        if let Some(verified) = self.0.remembered.get(&hash) {
            return Ok(verified);
        }
        let claims = self.read(token)?;
        let pos = Position::new(claims.pos);
        // If it cannot, it is stale before long, and refuses for itself.
        let _ = self.0.house.reach(pos).await;
        let verified = {
            let view = self.0.house.view();
            let gate = view.gate().claims(&claims.raw().ok_or(TokenInvalid)?);
            Arc::new(Verified { claims, gate, read_at: view.gate().position() })
        };
        // A gate that is behind does not know all that the claims name.
        if verified.read_at >= pos {
            self.0.remembered.insert(hash, verified.clone());
        }
        Ok(verified)
    }

    fn read(&self, token: &str) -> Result<TokenClaims, TokenInvalid> {
        let header = decode_header(token).map_err(|_| TokenInvalid)?;
        if header.typ.as_deref() != Some(TYPE) || header.crit.is_some() {
            return Err(TokenInvalid);
        }
        let now = self.0.sources.now();
        let keys = self.0.keys.set();
        // The key says with which algorithm it signs; the token is not asked.
        let key = header.kid.as_deref().and_then(|kid| keys.verifying(kid, now)).ok_or(TokenInvalid)?;
        let rules = self.0.rules.iter().find(|(algorithm, _)| *algorithm == key.algorithm());
        let (_, rules) = rules.ok_or(TokenInvalid)?;
        let claims = decode::<TokenClaims>(token, &key.verifying, rules).map_err(|_| TokenInvalid)?.claims;
        if claims.iat > now.as_second() + SKEW {
            return Err(TokenInvalid);
        }
        Ok(claims)
    }
}

/// Who must have signed what for whom. The gate looks at the expiry, with each call.
fn rules(algorithm: Algorithm, issuer: &Issuer) -> Validation {
    let mut rules = Validation::new(algorithm.for_verifying());
    rules.set_issuer(&[&issuer.url]);
    rules.set_audience(&[&issuer.audience]);
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    rules.validate_exp = false;
    rules.validate_nbf = true;
    rules
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}
