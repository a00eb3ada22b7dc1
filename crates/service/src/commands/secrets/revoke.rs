//! Revoking a secret at once: a leak (rule 19).

use chancery_domain::{
    AppId, Instance, Refusal, SecretId, StreamName,
    credential::{self, Facts, Side},
};

use super::{
    super::{Answer, Caller, CommandError, Commands, apps::unchanged_since, plan::Plan},
    RevokedSecret,
};
use crate::states::Seen;

impl Commands {
    /// `DELETE /v1/tenants/{tenant}/{environment}/connections/{app}/secrets/{secret_id}`
    pub async fn revoke_secret_for_tenant(
        &self,
        caller: &Caller,
        instance: Instance,
        app_id: AppId,
        secret_id: SecretId,
    ) -> Result<Answer, CommandError> {
        caller.decides_for(&instance)?;
        self.revoke_secret(caller, Side::TenantAdmin, app_id, instance, secret_id).await
    }

    /// `DELETE /v1/apps/{app}/connections/{tenant}/{environment}/secrets/{secret_id}`
    pub async fn revoke_secret_for_developer(
        &self,
        caller: &Caller,
        app_id: AppId,
        instance: Instance,
        secret_id: SecretId,
    ) -> Result<Answer, CommandError> {
        let side = Side::Developer(caller.organization()?);
        self.revoke_secret(caller, side, app_id, instance, secret_id).await
    }

    async fn revoke_secret(
        &self,
        caller: &Caller,
        side: Side,
        app_id: AppId,
        instance: Instance,
        secret_id: SecretId,
    ) -> Result<Answer, CommandError> {
        let now = self.0.sources.now();
        let Instance { tenant_id, environment } = &instance;
        let stream = StreamName::Connection(app_id, *tenant_id, environment.clone());
        let decide = |seen: &Seen| {
            seen.need([StreamName::App(app_id), StreamName::Listing(app_id, *tenant_id), stream.clone()])?;
            let connection = seen.connection(app_id, &instance)?;
            let client_id = connection.standing().map(|grant| grant.client_id.clone());
            let state = match &client_id {
                Some(client_id) => seen.credential(client_id)?,
                None => credential::State::Absent,
            };
            let facts = Facts {
                app: &seen.app(app_id)?,
                listing: &seen.listing(app_id, *tenant_id)?,
                connection: &connection,
            };
            let command = credential::Revoke { side, instance: instance.clone(), secret_id, now };
            let events = credential::revoke(command, &state, &facts)?;
            unchanged_since(caller, seen, &stream)?;
            let after = match &client_id {
                Some(client_id) => seen.after(&events).credential(client_id)?,
                None => credential::State::Absent,
            };
            let ended = after.issued().and_then(|credential| credential.ended_at(secret_id, now));
            let revoked_at = ended.ok_or(Refusal::SecretUnknown)?;
            let body = RevokedSecret { secret_id: secret_id.0, revoked_at };
            Ok(Plan::new(200, events, &body).about(stream.clone()))
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}
