//! What the operations port tells of the relay.

use std::{fmt, sync::Arc};

use chancery_relay::{Stats, Status};
use chancery_service::ops::{Check, Dependency};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};
use serde_json::json;
use tokio::sync::watch;

/// Commands need no NATS, so where the API is served too a relay that is not well is told about and makes nothing
/// unready. `alone`, a relay that refuses its stream is not ready: only an operator can mend that.
pub(super) fn check(status: watch::Receiver<Status>, alone: bool) -> Check {
    Check::new("relay", move || {
        let status = status.borrow().clone();
        async move {
            Dependency {
                ok: status.is_ready(),
                required: alone && matches!(status, Status::Refused(_)),
                detail: json!({ "state": status.code(), "message": status.to_string() }),
            }
        }
    })
}

/// The relay's counters.
#[derive(Debug)]
pub(super) struct Published(pub(super) Arc<Stats>);

impl Collector for Published {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let published = encoder.encode_descriptor(
            "relay_events_published",
            "Events whose publication was acknowledged",
            None,
            MetricType::Counter,
        )?;
        ConstCounter::new(self.0.published()).encode(published)?;
        let position = encoder.encode_descriptor(
            "relay_position",
            "The last event that is known to be in the stream",
            None,
            MetricType::Gauge,
        )?;
        ConstGauge::new(self.0.position().as_i64()).encode(position)?;
        let conflicts = encoder.encode_descriptor(
            "relay_conflicts",
            "How often the stream was not where the relay expected it",
            None,
            MetricType::Counter,
        )?;
        ConstCounter::new(self.0.conflicts()).encode(conflicts)
    }
}
