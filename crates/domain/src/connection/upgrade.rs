//! A tenant's admin answers an upgrade offer (rules 21 and 22).

use crate::{AppVersion, Decision, Instance, Refusal, UpgradeDeclined, VersionUpgraded, app::App};

use super::{Facts, Grant, State};

/// Answers the offer of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// For which the caller decides.
    pub instance: Instance,
    /// The version that the admin saw.
    pub version: AppVersion,
}

/// Moves the grant to the latest version, with the same credential. A grant that is there already stays.
pub fn upgrade(command: Upgrade, state: &State, facts: &Facts<'_>) -> Decision {
    let (app, grant) = offered(&command, state, facts)?;
    let from_version = grant.granted;
    if from_version == command.version {
        return Ok(Vec::new());
    }
    let Upgrade { instance: Instance { tenant_id, environment }, version } = command;
    let upgraded = VersionUpgraded { app_id: app.app_id, tenant_id, environment, from_version, version };
    Ok(vec![upgraded.into()])
}

/// Keeps the granted version and silences this offer; the next version asks again. Declining it again changes
/// nothing, and an upgrade may still follow.
pub fn decline_upgrade(command: Upgrade, state: &State, facts: &Facts<'_>) -> Decision {
    let (app, grant) = offered(&command, state, facts)?;
    let granted_version = grant.granted;
    if granted_version == command.version {
        return Err(Refusal::UpgradeNotOffered { granted: granted_version });
    }
    if grant.declined.as_ref().is_some_and(|declined| declined.version == command.version) {
        return Ok(Vec::new());
    }
    let Upgrade { instance: Instance { tenant_id, environment }, version } = command;
    let declined = UpgradeDeclined { app_id: app.app_id, tenant_id, environment, granted_version, version };
    Ok(vec![declined.into()])
}

/// The app and the grant, if one is in play and the admin saw the app's latest version.
fn offered<'a>(
    command: &Upgrade,
    state: &'a State,
    facts: &Facts<'a>,
) -> Result<(&'a App, &'a Grant), Refusal> {
    let app = state.app(&command.instance, facts)?;
    let grant = match state {
        State::Connected(grant) => grant,
        State::Disabled { .. } => return Err(Refusal::ConnectionDisabled),
        State::NotConnected { .. } | State::Revoked { .. } => return Err(Refusal::NotConnected),
    };
    let latest = app.history.latest();
    if command.version == latest { Ok((app, grant)) } else { Err(Refusal::VersionStale { latest }) }
}
