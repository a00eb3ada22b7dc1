//! Connections: a tenant's consent in one environment.

mod index;
mod slab;

use std::{
    hash::{BuildHasher as _, Hash, Hasher},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use chancery_wire::Position;
use hashbrown::{DefaultHashBuilder, HashMap};
use uuid::Uuid;

use self::index::Index;
pub(crate) use self::slab::{Slab, Slot};
use crate::{ClientId, Quota, apps::AppIndex, limits::Limits, scopes::EnvironmentId};

/// An app, a tenant, an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) tenant_id: u64,
    pub(crate) app: AppIndex,
    pub(crate) environment: EnvironmentId,
}

/// In two words instead of three: every call hashes one.
impl Hash for Place {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.tenant_id);
        state.write_u64(u64::from(self.app.0) << 8 | u64::from(self.environment.0));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Connected,
    Disabled,
    Revoked,
}

#[derive(Debug, Clone, Copy)]
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

/// Connections whose memory is looked at when one needs more: all have been after a sixteenth as many.
const LOOKED_AT: usize = 16;

/// A group's number; 0: none.
#[derive(Debug, Clone, Copy)]
struct Group(u32);

/// All that ever stood: what ended goes on to cut off the tokens of its time.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    slab: Slab,
    index: Index,
    hasher: DefaultHashBuilder,
    groups: Groups,
    numbers: HashMap<Uuid, Group>,
    /// The connection whose memory is looked at next.
    hand: AtomicUsize,
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
            Some(number) => self.slab.get_mut(number).connection = connection,
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
        self.slot(place).map(|slot| &slot.connection)
    }

    /// A connection and its calls.
    #[inline]
    pub(crate) fn slot(&self, place: Place) -> Option<&Slot> {
        self.find(place).map(|number| self.slab.get(number))
    }

    /// Says whether the limit of a place is not the usual one.
    pub(crate) fn set_limited(&mut self, place: Place, is_limited: bool) {
        if let Some(number) = self.find(place) {
            self.slab.get_mut(number).is_limited = is_limited;
        }
    }

    /// Takes one call of the connection, or says when there is room.
    pub(crate) fn take(&self, slot: &Slot, limits: &Limits, now: Duration) -> Result<Quota, Quota> {
        let limit_of = |slot: &Slot| {
            if slot.is_limited { limits.of_place(&slot.connection.place) } else { limits.standard }
        };
        let limit = limit_of(slot);
        let (taken, grew) = {
            let mut window = slot.window();
            let was_large = window.is_large();
            (window.take(limit, now), window.is_large() && !was_large)
        };
        if grew {
            // Whoever needs more memory looks at some others that may need less.
            let first = self.hand.fetch_add(LOOKED_AT, Ordering::Relaxed);
            for number in first..first + LOOKED_AT {
                if let Some(slot) = self.slab.at(number % self.slab.len()) {
                    slot.window().shrink(limit_of(slot), now);
                }
            }
        }
        taken
    }

    pub(crate) fn slab(&self) -> &Slab {
        &self.slab
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    fn get_mut(&mut self, place: Place) -> Option<&mut Connection> {
        self.find(place).map(|number| &mut self.slab.get_mut(number).connection)
    }

    fn find(&self, place: Place) -> Option<u32> {
        self.index.find(self.hasher.hash_one(place), |number| self.slab.get(number).connection.place == place)
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
