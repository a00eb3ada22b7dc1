//! What an access token says (RFC 9068, and what the gate needs).

use chancery_wire::Position;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ClientId, RawClaims};

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
    /// When it begins to be good. Ours begin at once, and do not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
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
    pub(super) fn raw(&self, client_id: ClientId) -> RawClaims<'_> {
        RawClaims {
            client_id,
            app_id: self.app,
            environment: &self.env,
            jti: self.jti,
            sid: self.sid,
            pos: Position::new(self.pos),
            expires: self.exp,
            scope: &self.scope,
        }
    }
}
