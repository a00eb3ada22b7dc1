//! How far the log is, and the views behind it: looked up when the metrics are read.

use std::fmt;

use chancery_journal::Journal;
use chancery_views::Statuses;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};

use super::figures::{gauge, gauges};

/// The log's head, the positions of this process's views and their lags.
#[derive(Debug)]
pub struct Positions {
    journal: Journal,
    statuses: Option<Statuses>,
}

impl Positions {
    /// `statuses` are those of the runner in this process, if there is one.
    pub fn new(journal: Journal, statuses: Option<Statuses>) -> Self {
        Self { journal, statuses }
    }
}

impl Collector for Positions {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let head = self.journal.follow().head();
        let help = "The log's last position, as far as this process knows";
        gauge(&mut encoder, "log_head_position", help, head.get())?;
        let Some(statuses) = &self.statuses else { return Ok(()) };
        let statuses = statuses.all();
        let positions = statuses.iter().map(|(name, status)| (*name, status.position.get()));
        gauges(&mut encoder, "view_position", "The position that a view reflects", "view", positions)?;
        let lags = statuses.iter().map(|(name, status)| (*name, head.since(status.position)));
        gauges(&mut encoder, "view_lag_events", "Events that a view has not applied yet", "view", lags)
    }
}
