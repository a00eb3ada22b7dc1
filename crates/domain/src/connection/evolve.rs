//! How a connection becomes what it is.

use std::sync::Arc;

use crate::{AppVersion, Event, Stamp, TenantConnected};

use super::{Declined, Grant, State};

/// Folds one event of the connection's stream. An event that no decision makes in this state changes nothing.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (state @ (State::NotConnected { .. } | State::Revoked { .. }), Event::TenantConnected(event)) => {
            State::Connected(Arc::new(granted(event, state.declined().cloned(), stamp)))
        }
        (State::NotConnected { .. } | State::Revoked { .. }, Event::ConnectionDeclined(event)) => {
            State::NotConnected { declined: Some(declined(event.version, stamp)) }
        }
        (State::Connected(grant), Event::VersionUpgraded(event)) => {
            updated(grant, stamp, |grant| grant.granted = event.version)
        }
        (State::Connected(grant), Event::UpgradeDeclined(event)) => {
            updated(grant, stamp, |grant| grant.declined = Some(declined(event.version, stamp)))
        }
        (State::Connected(grant), Event::ConnectionDisabled(_)) => {
            State::Disabled { grant, disabled: stamp.clone() }
        }
        (State::Disabled { grant, .. }, Event::ConnectionRestored(_)) => updated(grant, stamp, |_| ()),
        (State::Connected(grant) | State::Disabled { grant, .. }, Event::ConnectionRevoked(event)) => {
            State::Revoked { grant, cause: event.cause, revoked: stamp.clone() }
        }
        (state, _) => state,
    }
}

fn granted(event: &TenantConnected, declined: Option<Declined>, stamp: &Stamp) -> Grant {
    Grant {
        connection_id: event.connection_id,
        client_id: event.client_id.clone(),
        group_id: event.group_id,
        granted: event.version,
        declined,
        connected: stamp.clone(),
        updated: stamp.clone(),
    }
}

fn declined(version: AppVersion, stamp: &Stamp) -> Declined {
    Declined { version, decided: stamp.clone() }
}

fn updated(mut grant: Arc<Grant>, stamp: &Stamp, change: impl FnOnce(&mut Grant)) -> State {
    let changed = Arc::make_mut(&mut grant);
    change(changed);
    changed.updated = stamp.clone();
    State::Connected(grant)
}
