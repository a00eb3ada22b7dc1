//! What the doors count: atomics, because every call of the platform's API comes through here.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, NoLabelSet},
    metrics::{MetricType, counter::ConstCounter},
    registry::Unit,
};

/// Everything that a decision can be, the usual first.
const OUTCOMES: [&str; 18] = [
    "allowed",
    "rate_limited",
    "report_limited",
    "scope_missing",
    "token_expired",
    "token_cut_off",
    "token_invalid",
    "token_missing",
    "app_key_missing",
    "app_unknown",
    "app_deleted",
    "key_token_mismatch",
    "environment_mismatch",
    "operation_unknown",
    "tenant_mismatch",
    "not_connected",
    "disabled",
    "gate_stale",
];
/// Why a request was no question to the gate.
const TURNED_AWAY: [&str; 5] =
    ["unauthenticated", "role_forbidden", "forwarded_invalid", "query_invalid", "other"];
/// In nanoseconds: from a decision on what is known to one that waited for the log.
const BOUNDS: [u64; 12] = [
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

#[derive(Debug, Default)]
pub(super) struct DoorMetrics {
    outcomes: [AtomicU64; OUTCOMES.len()],
    turned_away: [AtomicU64; TURNED_AWAY.len()],
    /// How many took no longer than each bound, and than the one before it longer; the rest last.
    took: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

/// The same, for whoever reads metrics.
#[derive(Debug)]
pub(super) struct Counted(pub(super) Arc<DoorMetrics>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    outcome: &'static str,
}

impl DoorMetrics {
    pub(super) fn decided(&self, outcome: &'static str) {
        count(&OUTCOMES, &self.outcomes, outcome);
    }

    pub(super) fn turned_away(&self, code: &'static str) {
        count(&TURNED_AWAY, &self.turned_away, code);
    }

    pub(super) fn took(&self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let at = BOUNDS.iter().position(|bound| nanoseconds <= *bound).unwrap_or(BOUNDS.len());
        self.took[at].fetch_add(1, Relaxed);
        self.nanoseconds.fetch_add(nanoseconds, Relaxed);
    }
}

/// What has no counter of its own goes to the last one.
fn count(words: &[&str], counters: &[AtomicU64], word: &str) {
    let at = words.iter().position(|known| *known == word).unwrap_or(counters.len() - 1);
    counters[at].fetch_add(1, Relaxed);
}

impl Collector for Counted {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Self(metrics) = self;
        let (name, help) = ("gate_decisions", "Decisions on calls, by their outcome");
        let mut decisions = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (outcome, count) in OUTCOMES.into_iter().zip(&metrics.outcomes) {
            let labels = Labels { outcome };
            ConstCounter::new(count.load(Relaxed)).encode(decisions.encode_family(&labels)?)?;
        }
        let (name, help) = ("gate_turned_away", "Requests to the doors that were no question, by why");
        let mut turned_away = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (outcome, count) in TURNED_AWAY.into_iter().zip(&metrics.turned_away) {
            let labels = Labels { outcome };
            ConstCounter::new(count.load(Relaxed)).encode(turned_away.encode_family(&labels)?)?;
        }
        let (name, help) = ("gate_decision", "Time that a decision took, with its answer");
        let mut took = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
        let counts: Vec<u64> = metrics.took.iter().map(|count| count.load(Relaxed)).collect();
        let bounds = BOUNDS.iter().map(|bound| seconds(*bound)).chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(counts.iter().copied()).collect();
        let sum = seconds(metrics.nanoseconds.load(Relaxed));
        took.encode_histogram::<NoLabelSet>(sum, counts.iter().sum(), &buckets, None)
    }
}

fn seconds(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_gate_has_a_counter() {
        use chancery_gate::{Denial, Held, Limit, Quota};
        let quota = Quota { limit: Limit::STANDARD, remaining: 0, retry_after: Duration::ZERO };
        let held = Held {
            scope: String::new(),
            granted_version: 1,
            latest_version: 1,
            held_from_version: None,
            granted: false,
        };
        let denials = [
            Denial::Stale,
            Denial::AppKeyMissing,
            Denial::AppUnknown,
            Denial::TokenMissing,
            Denial::TokenInvalid,
            Denial::TokenExpired,
            Denial::TokenCutOff,
            Denial::AppDeleted,
            Denial::KeyTokenMismatch,
            Denial::EnvironmentMismatch,
            Denial::OperationUnknown,
            Denial::TenantMismatch,
            Denial::NotConnected,
            Denial::Disabled,
            Denial::ScopeMissing(Box::new(held)),
            Denial::ReportLimited(quota),
            Denial::RateLimited(quota),
        ];
        assert_eq!(denials.len() + 1, OUTCOMES.len());
        for denial in denials {
            assert!(OUTCOMES.contains(&denial.code()), "{denial:?}");
        }
    }
}
