//! Reading a token that nobody has seen before: every rule of RFC 8725 and 9068 that concerns one.

use std::sync::Arc;

use jsonwebtoken::{Validation, decode, decode_header};

use super::{Algorithm, Issuer, TYPE, TokenClaims, TokenInvalid, TrustedKey, TrustedKeys};

/// No token is longer: hundreds of scopes fit.
pub(super) const LONGEST: usize = 32 * 1024;
/// Seconds by which the clock of an issuer may be ahead of this one's.
const SKEW: i64 = 60;

/// Reads tokens that were issued by one, for one.
#[derive(Debug)]
pub(super) struct Reader {
    rules: [(Algorithm, Validation); 3],
}

impl Reader {
    pub(super) fn new(issuer: &Issuer) -> Self {
        Self { rules: Algorithm::ALL.map(|algorithm| (algorithm, rules(algorithm, issuer))) }
    }

    /// What the token says, and the key that says so.
    pub(super) fn read(
        &self,
        token: &str,
        keys: &TrustedKeys,
        now: i64,
    ) -> Result<(TokenClaims, Arc<TrustedKey>), TokenInvalid> {
        // The key says with which algorithm it signs; the token is not asked.
        let key = keys.find(&kid(token)?, now).ok_or(TokenInvalid)?;
        let rules = self.rules.iter().find(|(algorithm, _)| *algorithm == key.algorithm());
        let (_, rules) = rules.ok_or(TokenInvalid)?;
        let claims = decode::<TokenClaims>(token, key.verifying(), rules).map_err(|_| TokenInvalid)?.claims;
        if claims.iat.max(claims.nbf.unwrap_or(claims.iat)) > now.saturating_add(SKEW) {
            return Err(TokenInvalid);
        }
        Ok((claims, key))
    }
}

/// Whether the token names a key that is not trusted.
pub(super) fn names_unknown_key(token: &str, keys: &TrustedKeys, now: i64) -> bool {
    kid(token).is_ok_and(|kid| keys.find(&kid, now).is_none())
}

/// The key that the token says it is signed with.
fn kid(token: &str) -> Result<String, TokenInvalid> {
    if token.len() > LONGEST {
        return Err(TokenInvalid);
    }
    let header = decode_header(token).map_err(|_| TokenInvalid)?;
    if header.typ.as_deref() != Some(TYPE) || header.crit.is_some() {
        return Err(TokenInvalid);
    }
    header.kid.ok_or(TokenInvalid)
}

/// Who must have signed what for whom. The gate looks at the expiry, with each call, and no clock is read here.
fn rules(algorithm: Algorithm, issuer: &Issuer) -> Validation {
    let mut rules = Validation::new(algorithm.for_verifying());
    rules.set_issuer(&[&issuer.url]);
    rules.set_audience(&[&issuer.audience]);
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules
}
