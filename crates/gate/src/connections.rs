//! Connections: a tenant's consent in one environment.

use chancery_wire::Position;
use hashbrown::HashMap;
use uuid::Uuid;

use crate::{ClientId, apps::AppIndex, scopes::EnvironmentId};

/// An app, a tenant, an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) tenant_id: u64,
    pub(crate) app: AppIndex,
    pub(crate) environment: EnvironmentId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Connected,
    Disabled,
    Revoked,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    /// Tokens issued up to here are dead (rules 23 and 24).
    pub(crate) cut_off: Position,
    /// The version whose scopes are in play (rule 21).
    pub(crate) granted: u32,
    group: u32,
    pub(crate) client_id: ClientId,
    pub(crate) state: State,
}

/// All that ever stood: what ended goes on to cut off the tokens of its time.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    places: HashMap<Place, Connection>,
    /// Group n is at n - 1.
    groups: Vec<Uuid>,
    numbers: HashMap<Uuid, u32>,
}

impl Connections {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn connect(&mut self, place: Place, client_id: ClientId, granted: u32, group: Option<Uuid>) {
        let group = group.map_or(0, |group| self.number(group));
        let cut_off = self.places.get(&place).map_or(Position::START, |before| before.cut_off);
        let connection = Connection { cut_off, granted, group, client_id, state: State::Connected };
        self.places.insert(place, connection);
    }

    pub(crate) fn upgrade(&mut self, place: Place, granted: u32) {
        if let Some(connection) = self.places.get_mut(&place) {
            connection.granted = granted;
        }
    }

    /// Ends the tokens of the connection's time.
    pub(crate) fn cut(&mut self, place: Place, state: State, position: Position) {
        if let Some(connection) = self.places.get_mut(&place) {
            connection.state = state;
            connection.cut_off = position;
        }
    }

    pub(crate) fn restore(&mut self, place: Place) {
        if let Some(connection) = self.places.get_mut(&place) {
            connection.state = State::Connected;
        }
    }

    pub(crate) fn get(&self, place: Place) -> Option<&Connection> {
        self.places.get(&place)
    }

    /// The group through which it was made.
    pub(crate) fn group(&self, connection: &Connection) -> Option<Uuid> {
        let at = connection.group.checked_sub(1)?;
        self.groups.get(at as usize).copied()
    }

    fn number(&mut self, group: Uuid) -> u32 {
        *self.numbers.entry(group).or_insert_with(|| {
            self.groups.push(group);
            u32::try_from(self.groups.len()).unwrap_or(u32::MAX)
        })
    }
}
