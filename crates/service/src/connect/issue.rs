//! A token for a client (RFC 6749 §4.4).

use chancery_gate::Scopes;
use serde::Serialize;

use uuid::Uuid;

use super::{Client, Connect, ConnectError, LIFETIME, Presented};

/// The answer of the token endpoint.
#[derive(Debug, Serialize)]
pub struct IssuedAccess {
    pub access_token: String,
    pub token_type: &'static str,
    pub expires_in: u64,
    /// What it is good for: always said, because it may be less than was asked for.
    pub scope: String,
}

impl Connect {
    /// Issues a token for what is asked for and granted; for all that is granted, where nothing is asked for.
    ///
    /// RFC 6749 §3.3 leaves open what to do about a scope that was not granted. It is left out, as long as another
    /// one remains: an app asks for what its latest version has, also at tenants that have not upgraded. Where
    /// nothing remains, the token would open nothing, and the answer is `invalid_scope` (§5.2).
    pub async fn issue(
        &self,
        presented: &Presented,
        scope: Option<&str>,
    ) -> Result<IssuedAccess, ConnectError> {
        let mut client = self.authenticate(presented).await?;
        let scope = self.asked(std::mem::take(&mut client.granted), scope)?;
        let now = self.0.sources.now();
        let keys = self.0.keys.set();
        let key = keys.signing(now).ok_or(ConnectError::Unsigned(None))?;
        // A client id is written in one way, so what was presented is what it reads as.
        let said = self.said(&client, &presented.client_id, &scope, now.as_second());
        let mut body = Vec::with_capacity(scope.len() + 512);
        serde_json::to_writer(&mut body, &said)
            .unwrap_or_else(|error| unreachable!("claims have no fallible field: {error}"));
        let access_token = key.sign(&body).map_err(|error| ConnectError::Unsigned(Some(error)))?;
        self.0.uses.used(client.secret_id, now);
        Ok(IssuedAccess { access_token, token_type: "Bearer", expires_in: LIFETIME.as_secs(), scope })
    }

    fn asked(&self, granted: Scopes, requested: Option<&str>) -> Result<String, ConnectError> {
        if requested.is_some_and(|requested| !is_scope(requested)) {
            return Err(ConnectError::InvalidScope);
        }
        let view = self.0.house.view();
        let asked = view.gate().asked(granted, requested);
        if asked.is_empty() {
            return Err(ConnectError::InvalidScope);
        }
        Ok(view.gate().scope_text(&asked))
    }

    fn said<'a>(&'a self, client: &'a Client, client_id: &'a str, scope: &'a str, iat: i64) -> Said<'a> {
        Said {
            iss: &self.0.issuer.url,
            aud: &self.0.issuer.audience,
            sub: client_id,
            client_id,
            jti: self.0.sources.uuid(),
            iat,
            exp: iat + LIFETIME.as_secs().cast_signed(),
            scope,
            env: &client.place.environment,
            app: client.place.app_id,
            sid: client.secret_id,
            pos: client.position.get(),
        }
    }
}

/// What [`TokenClaims`](super::TokenClaims) reads, to be written once.
#[derive(Serialize)]
struct Said<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    client_id: &'a str,
    jti: Uuid,
    iat: i64,
    exp: i64,
    scope: &'a str,
    env: &'a str,
    app: Uuid,
    sid: Uuid,
    pos: u64,
}

/// `scope = scope-token *( SP scope-token )` (RFC 6749 §3.3).
fn is_scope(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    text.split(' ').all(|token| !token.is_empty() && token.bytes().all(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_what_the_rfc_says() {
        for text in ["tn.crm.contacts:r", "a b", "!#[]~"] {
            assert!(is_scope(text), "{text}");
        }
        for text in ["", " ", "a  b", " a", "a ", "a\tb", "a\"b", "a\\b", "é"] {
            assert!(!is_scope(text), "{text}");
        }
    }
}
