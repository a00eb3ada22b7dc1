//! What a gate's operator decides.

use std::time::Duration;

/// How a gate behaves.
#[derive(Debug, Clone, Copy)]
pub struct GateSettings {
    /// Its share of every limit (rule 29).
    pub limit_share: f64,
    /// How long it may have heard nothing of the log's head before it is stale.
    pub max_staleness: Duration,
    /// Whether a stale gate decides on what it knows. Otherwise it refuses.
    pub serve_stale: bool,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self { limit_share: 1.0, max_staleness: Duration::from_secs(10), serve_stale: false }
    }
}
