//! Connections: a tenant's consent to an app in one environment (rules 14 to 17 and 21 to 27).
//!
//! A connection is in one of four states, and what a state does not have cannot be asked of it: only a grant
//! that stands can be paused, only a paused one resumed, and what was revoked has no way back but a new consent.

mod consent;
mod ending;
mod evolve;
mod pause;
mod upgrade;

use std::sync::Arc;

use crate::{
    AppVersion, ClientId, ConnectionId, GroupId, Instance, Refusal, RevocationCause, Stamp,
    app::{self, App},
    listing,
};

pub use consent::{Allow, ConsentFacts, Decline, Through, allow, decline, shared_client};
pub use ending::{disconnect, end};
pub use evolve::evolve;
pub use pause::{disable, restore};
pub use upgrade::{Upgrade, decline_upgrade, upgrade};

/// Where a consent stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nobody allowed the app here yet, or not since somebody declined it.
    NotConnected {
        declined: Option<Declined>,
    },
    Connected(Arc<Grant>),
    /// Paused: the grant and its credential survive (rule 23).
    Disabled {
        grant: Arc<Grant>,
        /// Who paused it.
        disabled: Stamp,
    },
    /// Ended: a new consent makes a new grant (rule 24).
    Revoked {
        /// As it was when it ended.
        grant: Arc<Grant>,
        cause: RevocationCause,
        revoked: Stamp,
    },
}

impl Default for State {
    fn default() -> Self {
        Self::NotConnected { declined: None }
    }
}

/// What a consent gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub connection_id: ConnectionId,
    /// Names the credential of this connection.
    pub client_id: ClientId,
    /// The group through which the tenant connected, whose members share the credential (rule 26).
    pub group_id: Option<GroupId>,
    /// The version whose scopes are in play (rule 21).
    pub granted: AppVersion,
    /// The last decline, of the app or of an upgrade (rule 25).
    pub declined: Option<Declined>,
    pub connected: Stamp,
    /// The last decision about the connection.
    pub updated: Stamp,
}

/// A version that the tenant's admin said no to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    pub version: AppVersion,
    pub decided: Stamp,
}

/// The word for a state, as everybody reads it (rule 25).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    NotConnected,
    Connected,
    Disabled,
    Revoked,
}

impl State {
    /// The grant whose scopes are in play.
    pub fn connected(&self) -> Option<&Grant> {
        match self {
            Self::Connected(grant) => Some(grant),
            Self::NotConnected { .. } | Self::Disabled { .. } | Self::Revoked { .. } => None,
        }
    }

    /// The grant that stands: in play, or paused.
    pub fn standing(&self) -> Option<&Grant> {
        match self {
            Self::Connected(grant) | Self::Disabled { grant, .. } => Some(grant),
            Self::NotConnected { .. } | Self::Revoked { .. } => None,
        }
    }

    /// The last decline, of the app or of an upgrade (rule 25).
    pub fn declined(&self) -> Option<&Declined> {
        match self {
            Self::NotConnected { declined } => declined.as_ref(),
            Self::Connected(grant) | Self::Disabled { grant, .. } | Self::Revoked { grant, .. } => {
                grant.declined.as_ref()
            }
        }
    }

    /// The last decision about the connection; none before the first.
    pub fn updated(&self) -> Option<&Stamp> {
        match self {
            Self::NotConnected { declined } => declined.as_ref().map(|declined| &declined.decided),
            Self::Connected(grant) => Some(&grant.updated),
            Self::Disabled { disabled, .. } => Some(disabled),
            Self::Revoked { revoked, .. } => Some(revoked),
        }
    }

    /// How the connection reads beside what its app and its listing are now: the end of an app ends its
    /// connections without an event of theirs (rule 11), and a tenant that is listed again after its end starts
    /// anew (rule 24).
    pub fn status(&self, app: &app::State, listing: &listing::State) -> Status {
        match self {
            Self::NotConnected { .. } => Status::NotConnected,
            Self::Connected(_) | Self::Disabled { .. } if app.live().is_none() => Status::Revoked,
            Self::Connected(_) => Status::Connected,
            Self::Disabled { .. } => Status::Disabled,
            Self::Revoked { cause, revoked, .. } if again(*cause, revoked, listing) => Status::NotConnected,
            Self::Revoked { .. } => Status::Revoked,
        }
    }
}

/// Whether the tenant was listed after the connection ended. What ended with its listing is never listed before.
fn again(cause: RevocationCause, revoked: &Stamp, listing: &listing::State) -> bool {
    match listing {
        listing::State::NotListed => false,
        listing::State::Listed(listed) => cause == RevocationCause::TenantRemoved || listed.is_after(revoked),
    }
}

/// What deciding about a connection that stands looks at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub app: &'a app::State,
    pub listing: &'a listing::State,
}

impl State {
    /// The app as the tenant sees it: where a connection stands, or where one is offered (rule 13). A
    /// connection that stands is served even where a new one would not be offered (rule 10).
    pub(crate) fn app<'a>(&self, instance: &Instance, facts: &Facts<'a>) -> Result<&'a App, Refusal> {
        match self.standing() {
            Some(_) => facts.app.live().ok_or(Refusal::AppUnknown),
            None => listing::visible(facts.app, facts.listing, instance),
        }
    }
}
