//! Generating secrets, the first or the next (rules 16 to 19).

use jiff::Timestamp;

use crate::{
    AppId, ClientId, CredentialManagement, Decision, Environment, Hint, Instance, NetworkId, OrganizationId,
    Overlap, Refusal, SecretGenerated, SecretId, Sha256, app, connection, group,
};

use super::{Facts, Holder, Side, State, managed};

/// What is kept of a secret that was made outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecret {
    pub secret_id: SecretId,
    /// Of its text.
    pub sha256: Sha256,
    pub hint: Hint,
}

/// Generates a secret of a connection's credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generate {
    pub side: Side,
    pub instance: Instance,
    pub secret: NewSecret,
    /// How long the secret before it lives on.
    pub overlap: Overlap,
    pub now: Timestamp,
}

/// Generates the secret beside the one before, which retires after the overlap; a third retires the oldest at
/// once (rule 19). `state` is the credential that the connection names. A paused connection's secrets can be
/// replaced too: a leak does not wait.
pub fn generate(command: Generate, state: &State, facts: &Facts<'_>) -> Decision {
    let Generate { side, instance, secret, overlap, now } = command;
    let (app, grant) = managed(side, &instance, facts)?;
    let holder = Holder::of(instance.tenant_id, grant.group_id);
    let generated = first(grant.client_id.clone(), app.app_id, holder, instance.environment, secret);
    Ok(vec![beside(generated, state, overlap, now).into()])
}

/// Generates a secret of the credential that a group's members share for an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerateShared {
    /// On whose behalf the caller acts.
    pub organization_id: OrganizationId,
    /// Where the caller looks for the group.
    pub network_id: NetworkId,
    pub secret: NewSecret,
    /// How long the secret before it lives on.
    pub overlap: Overlap,
    pub now: Timestamp,
}

/// What generating a shared secret looks at.
#[derive(Debug, Clone, Copy)]
pub struct SharedFacts<'a> {
    pub app: &'a app::State,
    pub group: &'a group::State,
    /// The members' connections of the app in the group's environment, in any order: all of them, or as far as
    /// the first that shares the group's credential.
    pub members: &'a [connection::State],
}

/// Generates the secret like [`generate`], on the developer's side, once a member consented (rule 26). `state` is
/// the credential that [`connection::shared_client`] names.
pub fn generate_shared(command: GenerateShared, state: &State, facts: &SharedFacts<'_>) -> Decision {
    let GenerateShared { organization_id, network_id, secret, overlap, now } = command;
    let group = facts.group.owned_by(organization_id, network_id)?;
    let app = facts.app.owned_by(organization_id)?;
    if !group.apps.contains(&app.app_id) {
        return Err(Refusal::AppUnknown);
    }
    if app.credential_management == CredentialManagement::TenantAdmin {
        return Err(Refusal::CredentialsManagedByTenantAdmin);
    }
    let client_id = connection::shared_client(group.group_id, facts.members).ok_or(Refusal::NotConnected)?;
    let (holder, environment) = (Holder::Group(group.group_id), group.environment.clone());
    let generated = first(client_id.clone(), app.app_id, holder, environment, secret);
    Ok(vec![beside(generated, state, overlap, now).into()])
}

/// The first secret of a new credential.
pub(crate) fn first(
    client_id: ClientId,
    app_id: AppId,
    holder: Holder,
    environment: Environment,
    secret: NewSecret,
) -> SecretGenerated {
    let (tenant_id, group_id) = holder.ids();
    SecretGenerated {
        client_id,
        app_id,
        tenant_id,
        environment,
        secret_id: secret.secret_id,
        sha256: secret.sha256,
        hint: secret.hint,
        previous_secret_id: None,
        previous_retires_at: None,
        retired_secret_id: None,
        group_id,
    }
}

/// The secret beside those that live: one of them retires, and a second makes room. Where the newest was revoked,
/// the one before it retires still, and never later than it would have (rule 19).
fn beside(generated: SecretGenerated, state: &State, overlap: Overlap, now: Timestamp) -> SecretGenerated {
    let Some(credential) = state.issued() else { return generated };
    let end = overlap.end(now);
    match (&credential.current, credential.retiring_at(now)) {
        (Some(current), oldest) => SecretGenerated {
            previous_secret_id: Some(current.secret_id),
            previous_retires_at: Some(end),
            retired_secret_id: oldest.map(|oldest| oldest.secret.secret_id),
            ..generated
        },
        (None, Some(retiring)) => SecretGenerated {
            previous_secret_id: Some(retiring.secret.secret_id),
            previous_retires_at: Some(end.min(retiring.retires_at)),
            ..generated
        },
        (None, None) => generated,
    }
}
