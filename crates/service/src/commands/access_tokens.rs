//! Revoking access tokens, which apps got for their credentials.

use chancery_domain::{AccessTokenId, ClientId, Environment, StreamName, credential};
use jiff::Timestamp;
use serde_json::json;

use super::{Answer, Caller, CommandError, Commands, plan::Plan};
use crate::states::Seen;

/// An access token to revoke.
#[derive(Debug, Clone)]
pub struct RevokeAccessToken {
    pub client_id: ClientId,
    pub token_id: AccessTokenId,
    pub expires_at: Timestamp,
    /// Whose the credential is.
    pub holder: credential::Holder,
    pub environment: Environment,
}

impl Commands {
    /// `POST /connect/revoke`
    pub async fn revoke_access_token(
        &self,
        caller: &Caller,
        body: RevokeAccessToken,
    ) -> Result<Answer, CommandError> {
        let now = self.0.sources.now();
        let decide = |seen: &Seen| {
            let command = credential::RevokeToken {
                token_id: body.token_id,
                expires_at: body.expires_at,
                holder: body.holder,
                environment: body.environment.clone(),
                now,
            };
            let events = credential::revoke_token(command, &seen.credential(&body.client_id)?)?;
            Ok(Plan::new(200, events, &json!({})).about(StreamName::Credential(body.client_id.clone())))
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}
