//! The part of the envelope that states remember: who, and when.

use chancery_domain::{Actor, ActorKind, Stamp};
use chancery_wire::{self as wire, Recorded};

use super::TranslateError;

/// Who did it, for the envelope.
pub(crate) fn actor(actor: &Actor) -> wire::Actor {
    wire::Actor { kind: actor.kind.as_str().to_owned(), id: actor.id.as_ref().to_owned() }
}

/// When the event was recorded, and whose command it was.
pub(crate) fn stamp(event: &Recorded) -> Result<Stamp, TranslateError> {
    let wire::Actor { kind, id } = &event.actor;
    let kind = ActorKind::parse(kind).ok_or_else(|| TranslateError::ActorKind { kind: kind.clone() })?;
    Ok(Stamp { at: event.recorded_at, by: Actor { kind, id: id.as_str().into() } })
}
