//! An event as a NATS message.

use async_nats::HeaderMap;
use chancery_wire::{Recorded, headers};
use uuid::Uuid;

/// The sequence that the stream must be at, or it takes the message for nothing.
const EXPECTED_LAST_SEQUENCE: &str = "Nats-Expected-Last-Sequence";

pub(crate) fn header_map(event: &Recorded, log_id: Uuid) -> HeaderMap {
    let mut map = HeaderMap::new();
    map.insert(EXPECTED_LAST_SEQUENCE, event.position.previous().to_string());
    for (name, value) in headers::encode(event, log_id) {
        map.insert(name, value);
    }
    map
}
