//! What an access token says (RFC 9068, and what the gate needs).

use chancery_gate::{ClientId, RawClaims};
use chancery_wire::Position;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The claims, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenClaims {
    pub iss: String,
    pub aud: String,
    /// The client itself: it acts for nobody else.
    pub sub: String,
    pub client_id: String,
    pub jti: Uuid,
    pub iat: i64,
    pub exp: i64,
    /// Separated by spaces.
    pub scope: String,
    pub env: String,
    pub app: Uuid,
    /// The secret that it was issued on.
    pub sid: Uuid,
    /// The position of the gate that issued it.
    pub pos: u64,
}

impl TokenClaims {
    /// As the gate compares them; `None` where the client id is none.
    pub(super) fn raw(&self) -> Option<RawClaims<'_>> {
        Some(RawClaims {
            client_id: ClientId::parse(&self.client_id)?,
            app_id: self.app,
            environment: &self.env,
            jti: self.jti,
            sid: self.sid,
            pos: Position::new(self.pos),
            expires: self.exp,
            scope: &self.scope,
        })
    }
}
