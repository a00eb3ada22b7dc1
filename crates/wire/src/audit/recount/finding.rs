//! What a recount may find, in words.

use std::fmt;

use serde::Serialize;

/// Something that is not as it was sealed. `first` and `last` are positions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// These events are not those that were sealed.
    Edited { first: u64, last: u64 },
    /// These events were sealed elsewhere: the first of them at `sealed_at`.
    Moved { first: u64, last: u64, sealed_at: u64 },
    /// These positions have no event.
    Missing { first: u64, last: u64 },
    /// A second row stands at this position; at 0: one where no event can be.
    Unexpected { position: u64 },
    /// Something among these is not as it was sealed, and the hashes that would say what were changed with it.
    Unlocated { first: u64, last: u64 },
    /// The events are right; the hashes beside the checkpoint of this size are not what was sealed.
    Hashes { size: u64 },
    /// The row that is kept for proofs does not have the hashes of what was sealed at these positions; at 0: nothing that it
    /// could have is sealed.
    Tile { level: i16, index: i64, first: u64, last: u64 },
    /// The checkpoint of this size is none of the log's.
    Checkpoint { size: u64, why: String },
    /// Checkpoints are missing between those of these sizes.
    Gap { first: u64, last: u64 },
    /// The head says another last position than the log has.
    Head { head: u64, last: u64 },
    /// The witness saw events behind the last one that there is.
    RolledBack { witnessed: u64, last: u64 },
    /// The witness saw another log of this size.
    Witness { size: u64 },
    /// What the witness has is not the history of one log.
    WitnessBroken { size: u64, why: String },
}

impl Finding {
    /// One finding for two that meet.
    pub(super) fn join(&mut self, next: &Self) -> bool {
        match (self, next) {
            (Self::Missing { last, .. }, Self::Missing { first, last: further })
            | (Self::Edited { last, .. }, Self::Edited { first, last: further })
            | (Self::Unlocated { last, .. }, Self::Unlocated { first, last: further })
                if *last + 1 == *first =>
            {
                *last = *further;
                true
            }
            (
                Self::Moved { first, last, sealed_at },
                Self::Moved { first: next, last: further, sealed_at: next_sealed_at },
            ) if *last + 1 == *next
                && sealed_at.abs_diff(*first) == next_sealed_at.abs_diff(*next)
                && (*sealed_at > *first) == (*next_sealed_at > *next) =>
            {
                *last = *further;
                true
            }
            _ => false,
        }
    }

    /// Where to look first.
    pub(super) fn place(&self) -> u64 {
        match self {
            Self::Edited { first, .. }
            | Self::Moved { first, .. }
            | Self::Missing { first, .. }
            | Self::Unexpected { position: first }
            | Self::Unlocated { first, .. }
            | Self::Hashes { size: first }
            | Self::Tile { first, .. }
            | Self::Checkpoint { size: first, .. }
            | Self::Gap { first, .. } => *first,
            Self::Head { .. }
            | Self::RolledBack { .. }
            | Self::Witness { .. }
            | Self::WitnessBroken { .. } => u64::MAX,
        }
    }
}

/// `position 5` or `positions 5 to 7`.
struct Positions(u64, u64);

impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(first, last) if first == last => write!(f, "position {first}"),
            Self(first, last) => write!(f, "positions {first} to {last}"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited { first, last } => {
                write!(f, "{}: not what was sealed there", Positions(*first, *last))
            }
            Self::Moved { first, last, sealed_at } => {
                let (here, there) =
                    (Positions(*first, *last), Positions(*sealed_at, sealed_at + (last - first)));
                write!(f, "{here}: what was sealed at {there}")
            }
            Self::Missing { first, last } => write!(f, "{}: no event", Positions(*first, *last)),
            Self::Unexpected { position: 0 } => f.write_str("before position 1: an event, where none can be"),
            Self::Unexpected { position } => write!(f, "position {position}: more than one event"),
            Self::Unlocated { first, last } => write!(
                f,
                "{}: something is not what was sealed there, and the hashes that would say what were changed too",
                Positions(*first, *last)
            ),
            Self::Hashes { size } => write!(
                f,
                "the hashes beside the checkpoint of {size} events are not those that were sealed; the events are"
            ),
            Self::Tile { level, index, last: 0, .. } => {
                write!(f, "seal_tiles, level {level}, index {index}: hashes of what is not sealed")
            }
            Self::Tile { level, index, first, last } => write!(
                f,
                "{}: seal_tiles, level {level}, index {index} does not have the hashes of what was sealed there",
                Positions(*first, *last)
            ),
            Self::Checkpoint { size, why } => {
                write!(f, "the checkpoint of {size} events does not count: {why}")
            }
            Self::Gap { first, last } => {
                write!(f, "between {first} and {last} events checkpoints are missing")
            }
            Self::Head { head, last } => {
                write!(f, "the head is at position {head}, the last event at {last}")
            }
            Self::RolledBack { witnessed, last } => {
                write!(
                    f,
                    "the witness saw {witnessed} events, the last is at {last}: the log was rolled back"
                )
            }
            Self::Witness { size } => write!(f, "the witness saw another log of {size} events"),
            Self::WitnessBroken { size, why } => {
                write!(f, "the witness's checkpoint of {size} events: {why}")
            }
        }
    }
}
