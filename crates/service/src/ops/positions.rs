//! How far the log is, and the views behind it: looked up when the metrics are read.

use std::fmt;

use chancery_journal::Journal;
use chancery_views::Statuses;
use chancery_wire::Position;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};

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
        let metric = encoder.encode_descriptor(
            "log_head_position",
            "The log's last position, as far as this process knows",
            None,
            MetricType::Gauge,
        )?;
        gauge(head.get()).encode(metric)?;
        let Some(statuses) = &self.statuses else { return Ok(()) };
        let statuses = statuses.all();
        let positions = statuses.iter().map(|(name, status)| (*name, status.position.get()));
        family(&mut encoder, "view_position", "The position that a view reflects", positions)?;
        let lags = statuses.iter().map(|(name, status)| (*name, head.since(status.position)));
        family(&mut encoder, "view_lag_events", "Events that a view has not applied yet", lags)
    }
}

fn family(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl Iterator<Item = (&'static str, u64)>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (view, value) in values {
        gauge(value).encode(metric.encode_family(&[("view", view)])?)?;
    }
    Ok(())
}

fn gauge(value: u64) -> ConstGauge<i64> {
    ConstGauge::new(Position::new(value).as_i64())
}
