//! How fast: events a second as measured, and how long to wait after errors.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// How long events are counted for one figure.
const WINDOW: Duration = Duration::from_secs(1);

/// Counts events, and says once a window how many a second came.
#[derive(Debug)]
pub(crate) struct Rate {
    since: Instant,
    events: u64,
    measured: Option<f32>,
}

impl Default for Rate {
    fn default() -> Self {
        Self { since: Instant::now(), events: 0, measured: None }
    }
}

impl Rate {
    pub(crate) fn count(&mut self, events: u64) {
        self.events += events;
        let elapsed = self.since.elapsed();
        if elapsed >= WINDOW {
            #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
            let events = self.events as f32;
            *self = Self { since: Instant::now(), events: 0, measured: Some(events / elapsed.as_secs_f32()) };
        }
    }

    /// The last figure, if there is one yet.
    pub(crate) const fn now(&self) -> Option<f32> {
        self.measured
    }
}

pub(crate) fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(5))
        .without_max_times()
        .with_jitter()
        .build()
}
