//! A tenant's admin allows or declines an app (rule 15).

use crate::{
    AppVersion, ClientId, ConnectionDeclined, ConnectionId, CredentialManagement, Decision, Instance,
    Refusal, TenantConnected, app,
    app::App,
    credential::{self, NewSecret},
    listing, tenant,
};

use super::State;

/// Allows the app. The client id and the secret were made outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// For which the caller decides.
    pub instance: Instance,
    /// The version that the admin saw.
    pub version: AppVersion,
    pub client_id: ClientId,
    /// Issued where the tenant's admin manages credentials (rule 17), else unused.
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

/// What deciding about a connection looks at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub app: &'a app::State,
    pub listing: &'a listing::State,
    pub tenant: &'a tenant::State,
}

/// Connects at the latest version and mints the client id; in mode `tenant_admin` also issues the secret.
/// Allowing what is granted already changes nothing.
pub fn allow(command: Allow, state: &State, facts: &Facts<'_>) -> Decision {
    let app = offered(&command.instance, command.version, facts)?;
    if let State::Connected(connection) = state {
        let granted = connection.granted;
        return if granted == command.version {
            Ok(Vec::new())
        } else {
            Err(Refusal::AlreadyConnected { granted })
        };
    }
    let Allow { instance, version, client_id, secret } = command;
    let connected = TenantConnected {
        app_id: app.app_id,
        tenant_id: instance.tenant_id,
        environment: instance.environment.clone(),
        connection_id: ConnectionId::of(app.app_id, instance.tenant_id, &instance.environment),
        version,
        client_id: client_id.clone(),
        group_id: None,
    };
    let mut events = vec![connected.into()];
    if app.credential_management == CredentialManagement::TenantAdmin {
        events.push(credential::first(client_id, app.app_id, instance, secret).into());
    }
    Ok(events)
}

/// Records that the tenant's admin does not want the app at this version; an allow may follow. Declining the
/// same version again changes nothing.
pub fn decline(command: Decline, state: &State, facts: &Facts<'_>) -> Decision {
    let app = offered(&command.instance, command.version, facts)?;
    match state {
        State::Connected(connection) => Err(Refusal::AlreadyConnected { granted: connection.granted }),
        State::NotConnected { declined: Some(declined) } if declined.version == command.version => {
            Ok(Vec::new())
        }
        State::NotConnected { .. } => {
            let Instance { tenant_id, environment } = command.instance;
            let declined =
                ConnectionDeclined { app_id: app.app_id, tenant_id, environment, version: command.version };
            Ok(vec![declined.into()])
        }
    }
}

/// The app, if the tenant sees it and the admin saw its latest version.
fn offered<'a>(instance: &Instance, version: AppVersion, facts: &Facts<'a>) -> Result<&'a App, Refusal> {
    let app = listing::visible(facts.app, facts.listing, instance.tenant_id)?;
    if !facts.tenant.exists_in(&instance.environment) {
        return Err(Refusal::EnvironmentUnknown { environment: instance.environment.clone() });
    }
    let latest = app.history.latest();
    if version == latest { Ok(app) } else { Err(Refusal::VersionStale { latest }) }
}
