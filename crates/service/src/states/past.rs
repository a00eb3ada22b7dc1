//! Streams as they were: folded up to a position, and not kept.

use std::collections::BTreeMap;

use chancery_domain::{Stamp, StreamName};
use chancery_journal::Journal;
use chancery_wire::{Position, Recorded};

use super::{Folded, LoadError, Missing, Seen, load::fold};

/// What `look` finds in the streams as they were at a position, and the events that made them so. `look` is pure: it
/// runs until it misses nothing. `stamp` is who looks.
pub(crate) async fn past<T>(
    journal: &Journal,
    at: Position,
    stamp: Stamp,
    look: impl Fn(&Seen) -> Result<T, Missing>,
) -> Result<(T, Vec<Recorded>), LoadError> {
    let mut seen = Seen::new(stamp);
    let mut events = Vec::new();
    loop {
        let missing = match look(&seen) {
            Ok(found) => return Ok((found, events)),
            Err(missing) => missing.streams,
        };
        let mut streams: BTreeMap<String, (StreamName, Folded)> = missing
            .into_iter()
            .map(|name| (name.to_string(), (name.clone(), Folded::absent(&name))))
            .collect();
        let tails: Vec<_> = streams.keys().map(|stream| (stream.as_str(), 0)).collect();
        let mut made = journal.streams(tails).await?;
        made.retain(|event| event.position <= at);
        for event in &made {
            if let Some((_, folded)) = streams.get_mut(&event.stream) {
                fold(folded, event)?;
            }
        }
        for (name, folded) in streams.into_values() {
            seen.insert(name, folded);
        }
        events.append(&mut made);
    }
}
