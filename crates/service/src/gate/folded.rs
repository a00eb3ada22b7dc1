//! What is folded from the log to decide who gets a token and which calls pass.

use chancery_gate::Gate;
use chancery_wire::{DecodeError, Event, Recorded};

use super::Credentials;
use crate::{
    states::LoadError,
    translate::{TranslateError, read::Unusable},
};

/// Both at one position, so that a token's position says what its issuer knew.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub(crate) gate: Gate,
    pub(crate) credentials: Credentials,
}

impl Folded {
    /// Folds the event, whose message was decoded already; `None` where its type is unknown.
    pub(crate) fn apply(&mut self, event: &Recorded, message: Option<&Event>) -> Result<(), LoadError> {
        let position = event.position;
        if let Some(message) = message {
            let applied = self.credentials.apply(message);
            applied.map_err(|Unusable(field)| {
                let source = TranslateError::Field { event_type: message.event_type(), field };
                LoadError::Translate { position, source }
            })?;
        }
        let applied = self.gate.apply_decoded(event, message);
        applied.map_err(|error| LoadError::Unusable { position, source: Box::new(error) })
    }
}

/// The event's message. `None` where its type is unknown: what an old process does not know cannot open anything.
pub(crate) fn message(event: &Recorded) -> Result<Option<Event>, LoadError> {
    match event.decode() {
        Ok(message) => Ok(Some(message)),
        Err(DecodeError::UnknownType(_)) => Ok(None),
        Err(source) => Err(LoadError::Decode { position: event.position, source }),
    }
}
