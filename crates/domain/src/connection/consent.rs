//! A tenant's admin allows or declines an app (rule 15), for itself or as a member of a group (rule 26).

use crate::{
    AppVersion, ClientId, ConnectionDeclined, ConnectionId, CredentialManagement, Decision, GroupId,
    Instance, Refusal, TenantConnected,
    app::{self, App},
    credential::{self, Holder, NewSecret},
    group, listing, tenant,
};

use super::State;

/// Allows the app. The client id and the secret were made outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// For which the caller decides.
    pub instance: Instance,
    /// The version that the admin saw.
    pub version: AppVersion,
    /// Minted by this consent, unless the group's members share one already.
    pub client_id: ClientId,
    /// Issued beside a minted client id where the tenant's admin manages credentials (rule 17), else unused.
    pub secret: NewSecret,
}

/// Declines the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    /// For which the caller decides.
    pub instance: Instance,
    /// The version that the admin saw.
    pub version: AppVersion,
}

/// What a consent looks at.
#[derive(Debug, Clone, Copy)]
pub struct ConsentFacts<'a> {
    pub app: &'a app::State,
    pub listing: &'a listing::State,
    pub tenant: &'a tenant::State,
    /// The group that an allow names; without one the tenant connects by itself. A decline is about the app alone.
    pub through: Option<Through<'a>>,
}

/// The group through which a tenant consents, and what its members agreed to.
#[derive(Debug, Clone, Copy)]
pub struct Through<'a> {
    pub group: &'a group::State,
    /// The members' connections of the app in the group's environment, in any order: all of them, or as far as
    /// the first that shares the group's credential.
    pub members: &'a [State],
}

/// Connects at the latest version and mints the client id; in mode `tenant_admin` also issues the secret. Through
/// a group, the members share what the first of them minted. Allowing what is granted already changes nothing.
pub fn allow(command: Allow, state: &State, facts: &ConsentFacts<'_>) -> Decision {
    let Allow { instance, version, client_id, secret } = command;
    let app = offered(&instance, version, facts)?;
    let group = facts.through.map(|through| through.group.offers(app.app_id, &instance)).transpose()?;
    let group_id = group.map(|group| group.group_id);
    match state {
        State::NotConnected { .. } | State::Revoked { .. } => {}
        State::Connected(grant) if (grant.granted, grant.group_id) == (version, group_id) => {
            return Ok(Vec::new());
        }
        State::Connected(grant) => return Err(Refusal::AlreadyConnected { granted: grant.granted }),
        State::Disabled { .. } => return Err(Refusal::ConnectionDisabled),
    }
    let Instance { tenant_id, environment } = instance;
    let shared = facts.through.zip(group_id).and_then(|(through, id)| shared_client(id, through.members));
    let issued =
        (shared.is_none() && app.credential_management == CredentialManagement::TenantAdmin).then(|| {
            let holder = Holder::of(tenant_id, group_id);
            credential::first(client_id.clone(), app.app_id, holder, environment.clone(), secret)
        });
    let connected = TenantConnected {
        app_id: app.app_id,
        tenant_id,
        connection_id: ConnectionId::of(app.app_id, tenant_id, &environment),
        environment,
        version,
        client_id: shared.cloned().unwrap_or(client_id),
        group_id,
    };
    Ok([connected.into()].into_iter().chain(issued.map(Into::into)).collect())
}

/// Records that the tenant's admin does not want the app at this version; an allow may follow. Declining the
/// same version again changes nothing.
pub fn decline(command: Decline, state: &State, facts: &ConsentFacts<'_>) -> Decision {
    let app = offered(&command.instance, command.version, facts)?;
    let Decline { instance: Instance { tenant_id, environment }, version } = command;
    match state {
        State::NotConnected { declined: Some(declined) } if declined.version == version => Ok(Vec::new()),
        State::NotConnected { .. } | State::Revoked { .. } => {
            Ok(vec![ConnectionDeclined { app_id: app.app_id, tenant_id, environment, version }.into()])
        }
        State::Connected(grant) => Err(Refusal::AlreadyConnected { granted: grant.granted }),
        State::Disabled { .. } => Err(Refusal::ConnectionDisabled),
    }
}

/// The client id that the members share who connected through the group, in play or paused (rule 26).
pub fn shared_client(group_id: GroupId, members: &[State]) -> Option<&ClientId> {
    members
        .iter()
        .filter_map(State::standing)
        .find(|grant| grant.group_id == Some(group_id))
        .map(|grant| &grant.client_id)
}

/// The app, if the tenant sees it and the admin saw its latest version.
fn offered<'a>(
    instance: &Instance,
    version: AppVersion,
    facts: &ConsentFacts<'a>,
) -> Result<&'a App, Refusal> {
    let app = listing::visible(facts.app, facts.listing, instance)?;
    if !facts.tenant.exists_in(&instance.environment) {
        return Err(Refusal::EnvironmentUnknown { environment: instance.environment.clone() });
    }
    let latest = app.history.latest();
    if version == latest { Ok(app) } else { Err(Refusal::VersionStale { latest }) }
}
