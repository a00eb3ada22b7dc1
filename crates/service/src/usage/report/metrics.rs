//! What a report says of a group of calls.

use serde::Serialize;
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;

use super::super::latencies;

/// What a group of calls came to (rule 31).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Metrics {
    /// Calls that were decided, whether they passed or not. Calls that finished count too where nobody told, in all the
    /// time of the report, that any call of the same app, tenant and environment was let pass: gateways that decide by
    /// themselves may tell only how calls ended.
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

impl Metrics {
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        let number = |name| row.try_get::<_, i64>(name);
        let (calls, passed, limited) = (number("calls")?, number("passed")?, number("limited")?);
        let latency: Option<&[u8]> = row.try_get("latency")?;
        let latency = latency.map(latencies::read).unwrap_or_default();
        let milliseconds = |q| latency.quantile(q).map(|micros| micros.round() / 1000.0);
        let finished = number("finished")?;
        Ok(Self {
            calls,
            errors: calls - passed - limited + number("failed")?,
            throttled: limited,
            peak_per_second: row.try_get("peak")?,
            p50_ms: milliseconds(0.5),
            p95_ms: milliseconds(0.95),
            p99_ms: milliseconds(0.99),
            finished_share: (passed > 0).then(|| share(finished, passed)),
            bytes_in: number("bytes_in")?,
            bytes_out: number("bytes_out")?,
        })
    }
}

/// To a ten-thousandth. Calls that passed in one span may finish in the next: that is no more than all.
#[expect(clippy::cast_precision_loss, reason = "2^53 calls are exact, and it is rounded")]
fn share(part: i64, whole: i64) -> f64 {
    ((part as f64 / whole as f64).min(1.0) * 10_000.0).round() / 10_000.0
}
