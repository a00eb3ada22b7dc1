//! Revoking one access token (RFC 7009). What it was issued on stays as it is.

use jiff::Timestamp;

use crate::{AccessTokenId, Decision, Environment, Refusal, TokenRevoked};

use super::{Holder, State};

/// Revokes an access token that the credential's client was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokeToken {
    pub token_id: AccessTokenId,
    pub expires_at: Timestamp,
    /// Whose the credential is, and where.
    pub holder: Holder,
    pub environment: Environment,
    pub now: Timestamp,
}

/// Tokens of one credential that may be revoked at once: each is remembered everywhere until it ends by itself.
const MOST: usize = 1_000;

/// Revokes the token. One that has ended or was revoked before stays as it is.
pub fn revoke_token(command: RevokeToken, state: &State) -> Decision {
    let RevokeToken { token_id, expires_at, holder, environment, now } = command;
    let credential = state.issued().ok_or(Refusal::SecretUnknown)?;
    let revoked = &credential.revoked_tokens;
    if expires_at <= now || revoked.contains_key(&token_id) {
        return Ok(Vec::new());
    }
    if revoked.iter().filter(|(_, end)| now < **end).count() >= MOST {
        return Err(Refusal::TooManyRevokedTokens);
    }
    let (tenant_id, group_id) = holder.ids();
    let revoked = TokenRevoked {
        client_id: credential.client_id.clone(),
        app_id: credential.app_id,
        tenant_id,
        environment,
        token_id,
        expires_at,
        group_id,
    };
    Ok(vec![revoked.into()])
}
