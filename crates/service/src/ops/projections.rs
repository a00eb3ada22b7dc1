//! How the projections are, wherever they are worked on: looked up each time the metrics are read, against the log's head.
//! What cannot be looked up is not told: a number of a moment ago would look like health.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chancery_journal::Journal;
use chancery_views::admin::{self, Projection};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};
use tokio::time::timeout;

use super::figures::gauges;

/// How long a scrape waits for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was found last. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Projections {
    journal: Journal,
    found: Arc<Mutex<Vec<Projection>>>,
}

impl Projections {
    pub(super) fn new(journal: Journal) -> Self {
        Self { journal, found: Arc::default() }
    }

    /// Looks now.
    pub(super) async fn refresh(&self) {
        let found = match timeout(PATIENCE, admin::projections(&self.journal)).await {
            Ok(Ok(found)) => found.value,
            Ok(Err(error)) => {
                tracing::warn!(%error, "how the projections are cannot be read for the metrics");
                Vec::new()
            }
            Err(_) => Vec::new(),
        };
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

/// Name, help and where it is read from.
type Number = (&'static str, &'static str, fn(&Projection) -> u64);

const NUMBERS: [Number; 6] = [
    ("projection_position", "The position that a projection reflects", |found| found.position),
    ("projection_lag_events", "Events that a projection has not applied yet", |found| found.lag_events),
    ("projection_parked", "Events that a projection could not apply, one a key", |found| found.parked),
    ("projection_waiting", "Events that wait behind parked ones", |found| found.waiting),
    ("projection_skipped", "Events that an operator left out", |found| found.skipped),
    ("projection_pending", "Operators' commands that nobody has carried out", |found| found.pending),
];

impl Collector for Projections {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, help, number) in NUMBERS {
            let values = found.iter().map(|projection| (&*projection.name, number(projection)));
            gauges(&mut encoder, name, help, "projection", values)?;
        }
        let (name, help) =
            ("projection_lag_seconds", "Age of the first event that a projection has not applied");
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for projection in found.iter() {
            let value = ConstGauge::new(projection.lag_seconds);
            value.encode(metric.encode_family(&[("projection", &*projection.name)])?)?;
        }
        let (name, help) = ("projection_state", "1 for the state that a projection is in");
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for projection in found.iter() {
            let labels = [("projection", &*projection.name), ("state", projection.state.as_str())];
            ConstGauge::new(1_i64).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
