//! What the operations port tells of the worker that adds usage up, and of the meter.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chancery_sdk::meter::Stats;
use chancery_service::ops::{Check, Dependency, counter, gauge};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
    registry::Unit,
};
use serde_json::json;
use tokio::sync::watch;

/// What a worker does at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    /// It has not seen its stream yet.
    Starting,
    Adding,
    /// It waits for a server to come back; batches wait in NATS, or with whoever counted.
    Waiting(&'static str),
    /// It takes nothing until somebody acts.
    Refused(String),
}

impl Status {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Adding => "adding",
            Self::Waiting(_) => "waiting",
            Self::Refused(_) => "stream_config_differs",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => {
                f.write_str("the stream of usage was not seen yet; where that lasts, NATS is away")
            }
            Self::Adding => f.write_str("usage is added up as it comes"),
            Self::Waiting(what) => write!(f, "{what} is away; usage is added up when it is back"),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}

/// Usage may come late, and nothing else waits for it. `alone`, a worker is ready when it has seen its stream, for until
/// then meters have nowhere to send; and no longer when the stream is refused, which only an operator can mend.
pub(super) fn check(status: watch::Receiver<Status>, alone: bool) -> Check {
    Check::new("usage", move || {
        let status = status.borrow().clone();
        async move {
            Dependency {
                ok: status == Status::Adding,
                required: alone && matches!(status, Status::Starting | Status::Refused(_)),
                detail: json!({ "state": status.code(), "message": status.to_string() }),
            }
        }
    })
}

/// What a worker has done since it started.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) batches: AtomicU64,
    pub(super) calls: AtomicU64,
    pub(super) duplicates: AtomicU64,
    pub(super) rejected: AtomicU64,
    /// Batches that did not come, while later ones of their sources did.
    pub(super) missing: AtomicU64,
    /// Batches that wait in the stream.
    pub(super) lag_batches: AtomicU64,
    /// How long ago the last batch that was added had been published.
    pub(super) lag_milliseconds: AtomicU64,
}

pub(super) fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

/// The worker's counters.
#[derive(Debug)]
pub(super) struct Added(pub(super) Arc<Counters>);

impl Collector for Added {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Counters { batches, calls, duplicates, rejected, missing, lag_batches, lag_milliseconds } =
            &*self.0;
        for (name, help, counted) in [
            ("usage_batches", "Batches of usage that were added up", batches),
            ("usage_calls", "Calls that those told", calls),
            ("usage_duplicates", "Batches that came again, and were not added again", duplicates),
            (
                "usage_rejected",
                "Batches that can never be added: malformed, or older than what is kept",
                rejected,
            ),
        ] {
            counter(&mut encoder, name, help, counted.load(Ordering::Relaxed))?;
        }
        for (name, help, gauged) in [
            (
                "usage_missing_batches",
                "Batches that did not come, while later ones of their sources did",
                missing,
            ),
            ("usage_lag_batches", "Batches that wait in NATS to be added up", lag_batches),
        ] {
            gauge(&mut encoder, name, help, gauged.load(Ordering::Relaxed))?;
        }
        let milliseconds = lag_milliseconds.load(Ordering::Relaxed);
        let help = "How long the last batch that was added had waited";
        let lag = encoder.encode_descriptor("usage_lag", help, Some(&Unit::Seconds), MetricType::Gauge)?;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a few days are far below 2^52")]
        ConstGauge::new(milliseconds as f64 / 1_000.0).encode(lag)
    }
}

/// What this process's doors counted.
#[derive(Debug)]
pub(super) struct Metered(pub(super) Arc<Stats>);

impl Collector for Metered {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let stats = &*self.0;
        for (name, help, number) in [
            ("meter_calls", "Calls whose usage was handed over", stats.calls()),
            ("meter_batches", "Batches of usage that were handed over", stats.batches()),
            ("meter_failures", "Times that a batch was not taken, and was sent again", stats.failures()),
            (
                "meter_unkeyed_calls",
                "Calls counted by their outcome alone: too many keys, or no word to keep",
                stats.unkeyed(),
            ),
        ] {
            counter(&mut encoder, name, help, number)?;
        }
        gauge(&mut encoder, "meter_keys", "Keys that calls are counted under", stats.keys())?;
        gauge(
            &mut encoder,
            "meter_waiting_calls",
            "Calls whose usage waits to be handed over",
            stats.waiting(),
        )
    }
}
