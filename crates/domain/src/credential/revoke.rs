//! Revoking a secret at once: a leak (rule 19).

use jiff::Timestamp;

use crate::{Decision, Instance, Refusal, SecretId, SecretRevoked};

use super::{Facts, Holder, Side, State, managed};

/// Revokes one secret of a connection's credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoke {
    pub side: Side,
    pub instance: Instance,
    pub secret_id: SecretId,
    pub now: Timestamp,
}

/// Revokes the secret, and leaves the credential with none where it was the only one. What opens nothing any more
/// stays as it is. `state` is the credential that the connection names.
pub fn revoke(command: Revoke, state: &State, facts: &Facts<'_>) -> Decision {
    let Revoke { side, instance, secret_id, now } = command;
    let (app, grant) = managed(side, &instance, facts)?;
    let credential = state.issued().ok_or(Refusal::SecretUnknown)?;
    if !credential.live_at(now).any(|secret| secret.secret_id == secret_id) {
        return match credential.ended_at(secret_id, now) {
            Some(_) => Ok(Vec::new()),
            None => Err(Refusal::SecretUnknown),
        };
    }
    let (tenant_id, group_id) = Holder::of(instance.tenant_id, grant.group_id).ids();
    let revoked = SecretRevoked {
        client_id: grant.client_id.clone(),
        app_id: app.app_id,
        tenant_id,
        environment: instance.environment,
        secret_id,
        group_id,
    };
    Ok(vec![revoked.into()])
}
