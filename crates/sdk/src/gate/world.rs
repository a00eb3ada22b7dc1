//! The gate of one log, and what it remembers of tokens: what a token's claims are compared with is of that gate alone.

use std::{
    fmt,
    sync::{PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use chancery_gate::{ApplyError, Gate, Restored, verify::Verifier};
use chancery_wire::{DecodeError, Position, Recorded};
use tokio::{sync::watch, time::timeout};
use uuid::Uuid;

/// How long a token may wait for the log.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) struct World {
    pub(super) log_id: Uuid,
    pub(super) verifier: Verifier,
    gate: RwLock<Gate>,
    /// Of the gate, for who waits.
    position: watch::Sender<Position>,
}

impl World {
    pub(super) fn new(restored: Restored, verifier: Verifier) -> Self {
        let Restored { gate, log_id } = restored;
        let position = watch::Sender::new(gate.position());
        Self { log_id, verifier, gate: RwLock::new(gate), position }
    }

    /// The gate, held still: let go of it before waiting for anything.
    pub(super) fn gate(&self) -> RwLockReadGuard<'_, Gate> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn position(&self) -> Position {
        *self.position.borrow()
    }

    /// Folds events that follow what is folded. Others wait for one event at the most.
    pub(super) fn apply(&self, events: &[Recorded]) -> Result<(), ApplyError> {
        let applied = events.iter().try_for_each(|event| {
            let message = match event.decode() {
                Ok(message) => Some(message),
                // What an old gate does not know cannot open anything.
                Err(DecodeError::UnknownType(_)) => None,
                Err(source) => return Err(ApplyError::Decode { position: event.position, source }),
            };
            let mut gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            gate.apply_decoded(event, message.as_ref())
        });
        let position = self.gate().position();
        self.position.send_replace(position);
        applied
    }

    /// Waits until the event at that position is folded, but not for long.
    pub(super) async fn reach(&self, position: Position) {
        if self.position() < position {
            let mut reached = self.position.subscribe();
            let _ = timeout(PATIENCE, reached.wait_for(|folded| *folded >= position)).await;
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { log_id, .. } = self;
        f.debug_struct("World")
            .field("log_id", log_id)
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}
