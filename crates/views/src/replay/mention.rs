//! Which rows an event may be about: those whose names it says.
//!
//! What tells a row from others (ids of apps, connections, secrets …) was said by the event that made it, and is said by
//! every event that changes it. So an event that says none of a row's names leaves it as it is. That this is so is not
//! believed: whoever folds only these events looks whether they led to the row.

use std::collections::HashMap;

use chancery_wire::Recorded;
use serde_json::{Map, Value};

use super::rows::{DifferentRow, Identity};

/// A text of so many characters is nobody else's by chance.
const TELLING: usize = 16;

/// The names of rows, by number.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    names: HashMap<String, Vec<usize>>,
    /// Rows without a name of their own.
    nameless: Vec<usize>,
}

impl Mentions {
    /// Every event is about each of so many rows.
    pub(super) fn all(rows: usize) -> Self {
        Self { names: HashMap::new(), nameless: (0..rows).collect() }
    }

    pub(super) fn add(&mut self, number: usize, row: &DifferentRow, identity: &Identity) {
        let names = names(row, identity);
        if names.is_empty() {
            self.nameless.push(number);
        }
        for name in names {
            self.names.entry(name).or_default().push(number);
        }
    }

    /// The numbers of the rows, ascending.
    pub(super) fn of(&self, event: &Recorded) -> Vec<usize> {
        let mut found = self.nameless.clone();
        if !self.names.is_empty() {
            let mut look = |name: &str| {
                if let Some(numbers) = self.names.get(name) {
                    found.extend(numbers);
                }
            };
            if let Some(app_id) = event.key_app {
                look(&app_id.to_string());
            }
            if let Some(tenant_id) = event.key_tenant {
                look(&tenant_id.to_string());
            }
            if let Some((_, rest)) = event.stream.split_once('-') {
                look(rest);
            }
            for word in event.data.split(|byte| !is_of_a_name(*byte)) {
                if let Ok(word) = std::str::from_utf8(word)
                    && !word.is_empty()
                {
                    look(word);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// What JSON writes as one word.
fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// Ids and long texts; numbers only where there are none, for a number may be of anything.
fn names(row: &DifferentRow, identity: &Identity) -> Vec<String> {
    let sides: [Option<&Map<String, Value>>; 2] = [row.live.as_ref(), row.fold.as_ref()];
    let values = |wanted: fn(&str, &Value) -> Option<String>| {
        let columns = identity.unique.iter();
        let values = columns.flat_map(|(column, kind)| {
            sides.into_iter().flatten().filter_map(move |side| wanted(kind, side.get(column)?))
        });
        let mut values: Vec<String> = values.collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    let texts = values(|kind, value| match (kind, value) {
        ("uuid", Value::String(id)) => Some(id.clone()),
        ("text", Value::String(text)) if text.len() >= TELLING && text.bytes().all(is_of_a_name) => {
            Some(text.clone())
        }
        _ => None,
    });
    if !texts.is_empty() {
        return texts;
    }
    values(|_, value| value.is_number().then(|| value.to_string()))
}
