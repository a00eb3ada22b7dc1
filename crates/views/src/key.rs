//! What a view wants of the log, and which events belong together.

use chancery_wire::Recorded;

/// The events that are handed to a view. Data and not a function, so that it can be asked in SQL too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    Everything,
    /// Events of one of these types, and all events of one of these categories.
    Of {
        types: &'static [&'static str],
        categories: &'static [&'static str],
    },
}

impl Wants {
    /// Events of one of these types.
    pub const fn types(types: &'static [&'static str]) -> Self {
        Self::Of { types, categories: &[] }
    }

    /// The types and the categories as SQL asks for them: null where everything is wanted.
    pub(crate) fn lists(self) -> [Option<&'static [&'static str]>; 2] {
        match self {
            Self::Everything => [None, None],
            Self::Of { types, categories } => [Some(types), Some(categories)],
        }
    }

    pub fn include(&self, event: &Recorded) -> bool {
        match self {
            Self::Everything => true,
            Self::Of { types, categories } => {
                types.contains(&event.event_type.as_str()) || categories.contains(&event.category.as_str())
            }
        }
    }
}

/// What the events of one key have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyedBy {
    /// The app that they name; where they name none, their stream.
    App,
    Stream,
}

impl KeyedBy {
    /// The event's key, in the words of stream names.
    pub fn key(self, event: &Recorded) -> String {
        match (self, event.key_app) {
            (Self::App, Some(app_id)) => format!("app-{app_id}"),
            _ => event.stream.clone(),
        }
    }
}

/// The shard of an event in a build with so many of them. In SQL:
/// `CASE WHEN key_app IS NULL THEN 0 ELSE get_byte(uuid_send(key_app), 15) % shards END`.
pub fn shard_of(event: &Recorded, shards: u32) -> i32 {
    let byte = event.key_app.map_or(0, |app_id| u32::from(app_id.as_bytes()[15]));
    (byte % shards.max(1)).cast_signed()
}
