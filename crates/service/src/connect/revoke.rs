//! Revoking a token (RFC 7009): by an event, so that every gate knows.

use chancery_domain::{
    AccessTokenId, Actor, ActorKind, ClientId, Environment, GroupId, TenantId, credential,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Connect, ConnectError, Presented};
use crate::{
    commands::{Caller, CommandError, RevokeAccessToken},
    gate::Holder,
};

impl Connect {
    /// Revokes a token of the client's own. What is no token of ours, or has ended, needs none (§2.2).
    pub async fn revoke(
        &self,
        presented: &Presented,
        token: &str,
        traceparent: Option<String>,
        correlation_id: Uuid,
    ) -> Result<(), ConnectError> {
        let client = self.authenticate(presented).await?;
        let Ok(verified) = self.0.verifier.verify(token).await else { return Ok(()) };
        if verified.gate().client_id != client.client_id {
            return Err(ConnectError::NotYours);
        }
        let claims = &verified.claims;
        let client_id = ClientId::recorded(claims.client_id.as_str());
        let caller = Caller {
            principal: None,
            actor: Actor { kind: ActorKind::Token, id: claims.client_id.as_str().into() },
            command_id: Uuid::now_v7(),
            keyed: false,
            request_hash: [0; 32],
            if_match: None,
            correlation_id,
            traceparent,
        };
        let unusable = |_| ConnectError::InvalidRequest("the token names nothing that is here");
        let body = RevokeAccessToken {
            client_id,
            token_id: AccessTokenId(claims.jti),
            expires_at: Timestamp::from_second(claims.exp).unwrap_or(Timestamp::MAX),
            holder: match client.holder {
                Holder::Tenant(tenant_id) => {
                    credential::Holder::Tenant(TenantId::new(tenant_id).map_err(unusable)?)
                }
                Holder::Group(group_id) => credential::Holder::Group(GroupId(group_id)),
            },
            environment: Environment::recorded(&*client.place.environment),
        };
        let answer = self.0.commands.revoke_access_token(&caller, body).await.map_err(not_recorded)?;
        // Here at once; elsewhere as soon as the log is read.
        self.0.house.reach(answer.position).await?;
        Ok(())
    }
}

fn not_recorded(error: CommandError) -> ConnectError {
    ConnectError::NotRecorded(error)
}
