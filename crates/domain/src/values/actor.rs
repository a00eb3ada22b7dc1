//! Who did something, and when: what stands in an event's envelope and states remember.

use std::sync::Arc;

use jiff::Timestamp;

/// What kind of actor an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A person, by the opaque id of the person that a token acts for.
    Person,
    /// A token that acts for itself.
    Token,
    /// Chancery itself, or its command line.
    System,
}

impl ActorKind {
    /// The envelope's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Token => "token",
            Self::System => "system",
        }
    }

    /// Reads the envelope's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Person, Self::Token, Self::System].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Who did it. The id is opaque: never a name or an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Arc<str>,
}

/// When an event was recorded, and whose command it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stamp {
    pub at: Timestamp,
    pub by: Actor,
}

impl Stamp {
    /// The time of what is decided and not recorded yet. No time is that early; it counts as the latest.
    pub const UNRECORDED: Timestamp = Timestamp::MIN;

    /// Whether this was recorded at a later time, or will be.
    pub fn is_after(&self, other: &Self) -> bool {
        let order = |stamp: &Self| (stamp.at == Self::UNRECORDED, stamp.at);
        order(self) > order(other)
    }
}
