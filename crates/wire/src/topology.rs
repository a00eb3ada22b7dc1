//! Names on NATS.

use uuid::Uuid;

use crate::{Position, Recorded};

/// The JetStream stream and the subjects under which the log is published. Production has one, `CHANCERY`;
/// every test has its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// Name of the JetStream stream.
    pub stream: String,
    /// What every subject begins with.
    pub prefix: String,
}

impl Default for Topology {
    fn default() -> Self {
        Self { stream: "CHANCERY".into(), prefix: "chancery.v1".into() }
    }
}

impl Topology {
    /// The key of the log's id in the stream's metadata.
    pub const LOG_ID_KEY: &str = "chancery-log-id";

    /// A topology of its own under `name`, beside the production one.
    pub fn named(name: &str) -> Self {
        Self { stream: format!("CHANCERY_{name}"), prefix: format!("chancery.{name}") }
    }

    /// `<prefix>.event.<category>.<EventType>.<key_app or ->.<key_tenant or ->`
    pub fn event_subject(&self, event: &Recorded) -> String {
        let app = event.key_app.map_or_else(|| "-".to_owned(), |app| app.to_string());
        let tenant = event.key_tenant.map_or_else(|| "-".to_owned(), |tenant| tenant.to_string());
        format!("{}.event.{}.{}.{app}.{tenant}", self.prefix, event.category, event.event_type)
    }

    /// Every event's subject.
    pub fn all_events(&self) -> String {
        format!("{}.event.>", self.prefix)
    }

    /// The core subject on which the relay announces the log's head every second.
    pub fn head_subject(&self) -> String {
        format!("{}.head", self.prefix)
    }

    /// Name of the JetStream stream that carries usage to where it is stored.
    pub fn usage_stream(&self) -> String {
        format!("{}_USAGE", self.stream)
    }

    /// `<prefix>.usage.<source>`
    pub fn usage_subject(&self, source: Uuid) -> String {
        format!("{}.usage.{source}", self.prefix)
    }

    /// Every batch's subject.
    pub fn all_usage(&self) -> String {
        format!("{}.usage.>", self.prefix)
    }
}

/// The announcement on [`Topology::head_subject`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    pub log_id: Uuid,
    pub position: Position,
    /// When it was read from the log.
    pub time: jiff::Timestamp,
}
