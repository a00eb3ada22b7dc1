//! One run of one case: a closed loop of callers, counted between the warm-up and the end.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

/// When an operation counts: it started after the warm-up and ended before the end.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub warmup: f64,
    pub seconds: f64,
}

/// What one run counted.
#[derive(Debug, Clone)]
pub struct Run {
    pub operations: u64,
    pub errors: u64,
    pub seconds: f64,
    latency: Histogram<u64>,
}

impl Run {
    pub fn new(seconds: f64) -> Self {
        let latency = Histogram::new_with_bounds(1, 3_600_000_000, 3)
            .unwrap_or_else(|error| unreachable!("the bounds are allowed: {error}"));
        Self { operations: 0, errors: 0, seconds, latency }
    }

    /// Operations a second.
    #[allow(clippy::cast_precision_loss, reason = "a count of operations is far below 2^52")]
    pub fn rate(&self) -> f64 {
        self.operations as f64 / self.seconds
    }

    /// A latency quantile in microseconds.
    pub fn quantile(&self, quantile: f64) -> u64 {
        self.latency.value_at_quantile(quantile)
    }

    pub fn record(&mut self, took: Duration, operations: u64) {
        self.operations += operations;
        self.latency.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    pub fn merge(&mut self, other: &Self) {
        self.operations += other.operations;
        self.errors += other.errors;
        let _ = self.latency.add(&other.latency);
    }

    /// One line for an outside harness.
    pub fn contract(&self) -> serde_json::Value {
        serde_json::json!({
            "ops": self.operations, "seconds": self.seconds, "rate": self.rate(),
            "p50_us": self.quantile(0.5), "p99_us": self.quantile(0.99),
            "errors": self.errors, "retries": 0,
        })
    }
}

/// Runs `callers` loops, each of which repeats `operation(state)` until the window closes.
pub async fn closed_loop<State, Operation, Done>(
    window: Window,
    callers: Vec<State>,
    operation: Operation,
) -> anyhow::Result<Run>
where
    State: Send + 'static,
    Operation: Fn(State) -> Done + Clone + Send + 'static,
    Done: Future<Output = (State, anyhow::Result<()>)> + Send,
{
    let warm = Instant::now() + Duration::from_secs_f64(window.warmup);
    let end = warm + Duration::from_secs_f64(window.seconds);
    let loops: Vec<_> = callers
        .into_iter()
        .map(|mut state| {
            let operation = operation.clone();
            tokio::spawn(async move {
                let mut run = Run::new(window.seconds);
                loop {
                    let start = Instant::now();
                    if start >= end {
                        return run;
                    }
                    let (next, result) = operation(state).await;
                    state = next;
                    let now = Instant::now();
                    match result {
                        Ok(()) if start >= warm && now <= end => run.record(now - start, 1),
                        Ok(()) => {}
                        Err(_) => run.errors += 1,
                    }
                }
            })
        })
        .collect();
    let mut total = Run::new(window.seconds);
    for caller in loops {
        total.merge(&caller.await?);
    }
    Ok(total)
}
