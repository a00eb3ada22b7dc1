//! What a feed cannot get over by itself.

use chancery_wire::{Position, headers::HeaderError};
use uuid::Uuid;

/// The feed stands at its position until somebody acts. It stays usable: the next call looks again, so it goes on
/// once the cause is gone.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error(
        "the stream holds log {found}, this feed follows log {expected}: if the log was replaced, drop what was \
         derived from it and open a feed at position 0; else an operator runs `chancery relay status`"
    )]
    OtherLog { expected: Uuid, found: Uuid },
    #[error(
        "after position {position} the next event to be had is {next}: give the feed a repair source, or read \
         what is missing over HTTP (/v1/events?after={position}) and open a feed after it"
    )]
    Gap { position: Position, next: Position },
    #[error(
        "the log ends at position {head}, and this feed had read up to {position}: the log was restored to an earlier \
         point; drop what was derived from it and open a feed at position 0"
    )]
    CutOff { position: Position, head: Position },
    #[error(
        "the message at position {position} is not an event, and there is no repair source to read it from \
         instead; an operator runs `chancery relay status`"
    )]
    Malformed { position: Position, source: HeaderError },
}
