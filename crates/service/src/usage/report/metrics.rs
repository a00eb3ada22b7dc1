//! What a report says of a group of calls.

use serde::Serialize;
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;

use super::super::latencies;

/// What a group of calls came to (rule 31).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Metrics {
    /// Calls that were decided, whether they passed or not. Where no decision was told of all that the report is about,
    /// because the gateways decide by themselves, calls that finished.
    pub calls: i64,
    /// Those that were refused for another reason than a limit, and those that passed and were answered 4xx or 5xx.
    pub errors: i64,
    /// Those that were refused by a limit (rule 29).
    pub throttled: i64,
    /// The most calls in one second of the clock, at one gateway process. Grouped by app, tenant or environment: of all
    /// calls of the group. Grouped by anything else: of those calls of the group that are alike in every dimension.
    pub peak_per_second: i32,
    /// Half of the calls that finished took no longer, in milliseconds, right to 1 %; null where no time was taken.
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    /// How many of the calls that passed are known to have finished, from 0 to 1; null where none passed. Latencies,
    /// sizes and the errors of answers are of those.
    pub finished_share: Option<f64>,
    pub bytes_in: i64,
    pub bytes_out: i64,
}

/// Sums over the rows of a group, as the statement names them.
#[derive(Debug)]
struct Sums {
    decided: i64,
    passed: i64,
    limited: i64,
    finished: i64,
    finished_passed: i64,
    finished_limited: i64,
    finished_failed: i64,
}

impl Metrics {
    /// Of a row, where `decided` says whether any decision was told of all that the report is about.
    pub(super) fn from_row(row: &Row, decided: bool) -> Result<Self, Error> {
        let sums = Sums {
            decided: row.try_get("decided")?,
            passed: row.try_get("passed")?,
            limited: row.try_get("limited")?,
            finished: row.try_get("finished")?,
            finished_passed: row.try_get("finished_passed")?,
            finished_limited: row.try_get("finished_limited")?,
            finished_failed: row.try_get("finished_failed")?,
        };
        let latency: Option<&[u8]> = row.try_get("latency")?;
        let latency = latency.map(latencies::read).unwrap_or_default();
        let milliseconds = |q| latency.quantile(q).map(|micros| micros.round() / 1000.0);
        let peak: Option<i32> = row.try_get(if decided { "peak_decided" } else { "peak_finished" })?;
        let Sums {
            decided: all,
            passed,
            limited,
            finished,
            finished_passed,
            finished_limited,
            finished_failed,
        } = sums;
        let (calls, errors, throttled) = if decided {
            (all, all - passed - limited + finished_failed, limited)
        } else {
            (finished, finished - finished_passed - finished_limited + finished_failed, finished_limited)
        };
        let passed = if decided { passed } else { finished_passed };
        Ok(Self {
            calls,
            errors,
            throttled,
            peak_per_second: peak.unwrap_or(0),
            p50_ms: milliseconds(0.5),
            p95_ms: milliseconds(0.95),
            p99_ms: milliseconds(0.99),
            finished_share: (passed > 0).then(|| share(finished_passed, passed)),
            bytes_in: row.try_get("bytes_in")?,
            bytes_out: row.try_get("bytes_out")?,
        })
    }
}

/// To a ten-thousandth. Calls that passed in one span may finish in the next: that is no more than all.
#[expect(clippy::cast_precision_loss, reason = "2^53 calls are exact, and it is rounded")]
fn share(part: i64, whole: i64) -> f64 {
    ((part as f64 / whole as f64).min(1.0) * 10_000.0).round() / 10_000.0
}
