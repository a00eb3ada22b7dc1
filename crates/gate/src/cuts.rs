//! Secrets and tokens that were revoked: what was issued on them stops at once, long before it expires.

use hashbrown::HashMap;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Longer than any token lives (900 s), with room for clocks that differ.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// Secret ids and token ids, with when they were revoked. Tokens of an older time have expired.
#[derive(Debug, Default)]
pub(crate) struct Cuts {
    at: HashMap<Uuid, Timestamp>,
    swept: Timestamp,
}

impl Cuts {
    pub(crate) fn add(&mut self, id: Uuid, at: Timestamp) {
        if at.duration_since(self.swept) > REMEMBERED {
            self.at.retain(|_, cut| at.duration_since(*cut) <= REMEMBERED);
            self.swept = at;
        }
        self.at.insert(id, at);
    }

    /// As it stands in a snapshot.
    pub(crate) fn restore(&mut self, id: Uuid, at: Timestamp) {
        self.at.insert(id, at);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Uuid, Timestamp)> {
        self.at.iter().map(|(id, at)| (*id, *at))
    }

    pub(crate) fn has(&self, id: Uuid) -> bool {
        !self.at.is_empty() && self.at.contains_key(&id)
    }
}
