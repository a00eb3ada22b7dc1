//! Is this token good at this moment? (RFC 7662)

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::{Connect, ConnectError, Presented, Verified};
use crate::auth::Principal;

/// Who asks: a client about its own tokens, a gateway about any.
#[derive(Debug)]
pub enum Introspector {
    Client(Presented),
    Gateway(Arc<Principal>),
}

/// What is told. Of a token that is not good, nothing else.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Introspected {
    Active(Box<GoodToken>),
    Inactive { active: bool },
}

/// A token that is good at this moment.
#[derive(Debug, Serialize)]
pub struct GoodToken {
    active: bool,
    scope: String,
    client_id: String,
    token_type: &'static str,
    exp: i64,
    iat: i64,
    sub: String,
    aud: String,
    iss: String,
    jti: Uuid,
    env: String,
    app: Uuid,
}

impl Connect {
    pub async fn introspect(&self, who: Introspector, token: &str) -> Result<Introspected, ConnectError> {
        let asking = match &who {
            Introspector::Client(presented) => {
                Some(self.authenticate(presented).await?.client_id.to_string())
            }
            Introspector::Gateway(_) => None,
        };
        let Ok(verified) = self.0.verifier.verify(token).await else { return Ok(Introspected::INACTIVE) };
        let own = asking.is_none_or(|client_id| client_id == verified.claims.client_id);
        if own && self.is_good(&verified) { Ok(active(&verified)) } else { Ok(Introspected::INACTIVE) }
    }

    fn is_good(&self, verified: &Verified) -> bool {
        let view = self.0.house.view();
        let client_id = verified.gate().client_id;
        let credential = view.credentials().get(client_id);
        verified.claims.exp > self.0.sources.now().as_second()
            && credential.is_some_and(|credential| {
                view.gate().stands(verified.gate(), credential.tenants.iter().copied())
            })
    }
}

impl Introspected {
    const INACTIVE: Self = Self::Inactive { active: false };
}

fn active(verified: &Verified) -> Introspected {
    let claims = verified.claims.clone();
    Introspected::Active(Box::new(GoodToken {
        active: true,
        scope: claims.scope,
        client_id: claims.client_id,
        token_type: "Bearer",
        exp: claims.exp,
        iat: claims.iat,
        sub: claims.sub,
        aud: claims.aud,
        iss: claims.iss,
        jti: claims.jti,
        env: claims.env,
        app: claims.app,
    }))
}
