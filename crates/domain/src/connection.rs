//! Connections: a tenant's consent to an app in one environment (rules 14 to 17, 21 and 22).

mod consent;
mod upgrade;

use std::sync::Arc;

use crate::{
    AppId, AppVersion, ClientId, ConnectionId, ConnectionRevoked, Event, Instance, RevocationCause, Stamp,
    TenantConnected,
};

pub use consent::{Allow, Decline, Facts, allow, decline};
pub use upgrade::{Upgrade, decline_upgrade, upgrade};

/// Where a consent stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nobody allowed the app here yet; perhaps somebody declined it.
    NotConnected {
        declined: Option<Declined>,
    },
    Connected(Arc<Connected>),
}

impl Default for State {
    fn default() -> Self {
        Self::NotConnected { declined: None }
    }
}

/// A consent that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    pub connection_id: ConnectionId,
    /// Names the credential of this connection.
    pub client_id: ClientId,
    /// The version whose scopes are in play (rule 21).
    pub granted: AppVersion,
    /// The last decline, of the app or of an upgrade (rule 25).
    pub declined: Option<Declined>,
    pub connected: Stamp,
    /// When the grant last changed.
    pub updated: Stamp,
}

/// A version that the tenant's admin said no to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    pub version: AppVersion,
    pub decided: Stamp,
}

impl State {
    pub fn connected(&self) -> Option<&Connected> {
        match self {
            Self::NotConnected { .. } => None,
            Self::Connected(connection) => Some(connection),
        }
    }
}

/// Folds one event of the connection's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match state {
        State::NotConnected { declined } => match event {
            Event::TenantConnected(event) => State::Connected(Arc::new(connected(event, declined, stamp))),
            Event::ConnectionDeclined(event) => State::NotConnected {
                declined: Some(Declined { version: event.version, decided: stamp.clone() }),
            },
            _ => State::NotConnected { declined },
        },
        State::Connected(mut connection) => {
            match event {
                Event::VersionUpgraded(event) => {
                    let connection = Arc::make_mut(&mut connection);
                    connection.granted = event.version;
                    connection.updated = stamp.clone();
                }
                Event::UpgradeDeclined(event) => {
                    Arc::make_mut(&mut connection).declined =
                        Some(Declined { version: event.version, decided: stamp.clone() });
                }
                _ => {}
            }
            State::Connected(connection)
        }
    }
}

fn connected(event: &TenantConnected, declined: Option<Declined>, stamp: &Stamp) -> Connected {
    Connected {
        connection_id: event.connection_id,
        client_id: event.client_id.clone(),
        granted: event.version,
        declined,
        connected: stamp.clone(),
        updated: stamp.clone(),
    }
}

/// Ends the connection, if one stands.
pub(crate) fn end(
    state: &State,
    app_id: AppId,
    instance: Instance,
    cause: RevocationCause,
) -> Option<ConnectionRevoked> {
    let Instance { tenant_id, environment } = instance;
    state.connected().map(|_| ConnectionRevoked { app_id, tenant_id, environment, cause })
}
