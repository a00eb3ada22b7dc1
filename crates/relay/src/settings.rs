//! What an operator may want to turn.

use std::time::Duration;

/// Bounds and patience of a relay.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Copies of each message that a NATS cluster keeps; a stream that has more is fine.
    pub replicas: usize,
    /// Messages that may be on their way without an acknowledgement.
    pub window: usize,
    /// Events read from the log at once.
    pub batch: usize,
    /// How long messages may stay unacknowledged before the relay looks at the stream again.
    pub patience: Duration,
    /// How long the stream must stand still, while the log has more, before a relay that stood by takes over.
    pub quiet: Duration,
    /// How often a stream that was refused, or one that nothing is published to, is looked at again.
    pub recheck: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            replicas: 1,
            window: 1_000,
            batch: 1_000,
            patience: Duration::from_secs(3),
            quiet: Duration::from_secs(1),
            recheck: Duration::from_secs(3),
        }
    }
}
