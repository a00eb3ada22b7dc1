//! Connections: a tenant's consent in one environment.

mod index;
mod slab;

use std::hash::BuildHasher as _;

use chancery_wire::Position;
use hashbrown::{DefaultHashBuilder, HashMap};
use uuid::Uuid;

use self::index::Index;
pub(crate) use self::slab::Slab;
use crate::{ClientId, apps::AppIndex, scopes::EnvironmentId};

/// An app, a tenant, an environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) tenant_id: u64,
    pub(crate) app: AppIndex,
    pub(crate) environment: EnvironmentId,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    #[default]
    Connected,
    Disabled,
    Revoked,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Connection {
    pub(crate) place: Place,
    /// Tokens issued up to here are dead (rules 23 and 24).
    pub(crate) cut_off: Position,
    /// The version whose scopes are in play (rule 21).
    pub(crate) granted: u32,
    group: Group,
    pub(crate) client_id: ClientId,
    pub(crate) state: State,
}

/// A group's number; 0: none.
#[derive(Debug, Clone, Copy, Default)]
struct Group(u32);

/// All that ever stood: what ended goes on to cut off the tokens of its time.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    slab: Slab,
    index: Index,
    hasher: DefaultHashBuilder,
    groups: Groups,
    numbers: HashMap<Uuid, Group>,
}

/// Group n is at n - 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups(Vec<Uuid>);

impl Connections {
    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    pub(crate) fn connect(&mut self, place: Place, client_id: ClientId, granted: u32, group: Option<Uuid>) {
        let cut_off = self.get(place).map_or(Position::START, |before| before.cut_off);
        self.set(place, client_id, granted, group, State::Connected, cut_off);
    }

    /// As it stands in a snapshot.
    pub(crate) fn set(
        &mut self,
        place: Place,
        client_id: ClientId,
        granted: u32,
        group: Option<Uuid>,
        state: State,
        cut_off: Position,
    ) {
        let group = group.map_or(Group(0), |group| self.number(group));
        let connection = Connection { place, cut_off, granted, group, client_id, state };
        match self.find(place) {
            Some(number) => *self.slab.get_mut(number) = connection,
            None => self.index.insert(self.hasher.hash_one(place), self.slab.push(connection)),
        }
    }

    pub(crate) fn upgrade(&mut self, place: Place, granted: u32) {
        if let Some(connection) = self.get_mut(place) {
            connection.granted = granted;
        }
    }

    /// Ends the tokens of the connection's time.
    pub(crate) fn cut(&mut self, place: Place, state: State, position: Position) {
        if let Some(connection) = self.get_mut(place) {
            connection.state = state;
            connection.cut_off = position;
        }
    }

    pub(crate) fn restore(&mut self, place: Place) {
        if let Some(connection) = self.get_mut(place) {
            connection.state = State::Connected;
        }
    }

    pub(crate) fn get(&self, place: Place) -> Option<&Connection> {
        self.find(place).map(|number| self.slab.get(number))
    }

    pub(crate) fn slab(&self) -> &Slab {
        &self.slab
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    fn get_mut(&mut self, place: Place) -> Option<&mut Connection> {
        self.find(place).map(|number| self.slab.get_mut(number))
    }

    fn find(&self, place: Place) -> Option<u32> {
        self.index.find(self.hasher.hash_one(place), |number| self.slab.get(number).place == place)
    }

    fn number(&mut self, group: Uuid) -> Group {
        *self.numbers.entry(group).or_insert_with(|| {
            self.groups.0.push(group);
            Group(u32::try_from(self.groups.0.len()).unwrap_or(u32::MAX))
        })
    }
}

impl Groups {
    /// The group through which a connection was made.
    pub(crate) fn of(&self, connection: &Connection) -> Option<Uuid> {
        let at = connection.group.0.checked_sub(1)?;
        self.0.get(at as usize).copied()
    }
}
