//! A tenant's admin pauses a connection and resumes it (rule 23).

use crate::{ConnectionDisabled, ConnectionRestored, Decision, Instance, Refusal};

use super::{Facts, State};

/// Pauses the connection: its tokens stop at once, its credential survives. Pausing again changes nothing.
pub fn disable(instance: Instance, state: &State, facts: &Facts<'_>) -> Decision {
    let app_id = state.app(&instance, facts)?.app_id;
    let Instance { tenant_id, environment } = instance;
    match state {
        State::Connected(_) => Ok(vec![ConnectionDisabled { app_id, tenant_id, environment }.into()]),
        State::Disabled { .. } => Ok(Vec::new()),
        State::NotConnected { .. } | State::Revoked { .. } => Err(Refusal::NotConnected),
    }
}

/// Resumes the connection at the same version with the same credential; tokens issued before the pause stay
/// dead. Resuming what is not paused changes nothing.
pub fn restore(instance: Instance, state: &State, facts: &Facts<'_>) -> Decision {
    let app_id = state.app(&instance, facts)?.app_id;
    let Instance { tenant_id, environment } = instance;
    match state {
        State::Disabled { .. } => Ok(vec![ConnectionRestored { app_id, tenant_id, environment }.into()]),
        State::Connected(_) => Ok(Vec::new()),
        State::NotConnected { .. } | State::Revoked { .. } => Err(Refusal::NotConnected),
    }
}
