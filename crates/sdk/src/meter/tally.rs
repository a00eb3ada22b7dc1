//! What was counted under one key: the second that is running, and what came before it.

use std::time::Duration;

use chancery_wire::usage::Sketch;

/// How a call ended that passed the gate.
#[derive(Debug, Clone, Copy)]
pub struct Finished {
    /// The HTTP status.
    pub status: u16,
    pub latency: Duration,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// Calls of whole seconds, and the most of them in one.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    pub(super) calls: u64,
    pub(super) peak: u32,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) latency: Sketch,
}

impl Tally {
    pub(super) fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.peak = self.peak.max(other.peak);
        self.bytes_in = self.bytes_in.saturating_add(other.bytes_in);
        self.bytes_out = self.bytes_out.saturating_add(other.bytes_out);
        self.latency.merge(&other.latency);
    }

    /// The sum of what was counted at the same time under different keys.
    pub(super) fn join(&mut self, other: &Self) {
        let together = self.peak.saturating_add(other.peak);
        self.merge(other);
        self.peak = together;
    }

    fn count(&mut self, finished: Option<&Finished>) {
        self.calls += 1;
        self.peak = self.peak.saturating_add(1);
        if let Some(finished) = finished {
            self.bytes_in = self.bytes_in.saturating_add(finished.bytes_in);
            self.bytes_out = self.bytes_out.saturating_add(finished.bytes_out);
            self.latency.add(finished.latency);
        }
    }
}

/// One key's place. A second that is over is never counted into again, so its count is exact however late it is taken.
#[derive(Debug, Default)]
pub(super) struct Seconds {
    /// Which second runs, since 1970.
    second: i64,
    running: Tally,
    over: Tally,
}

impl Seconds {
    pub(super) fn count(&mut self, second: i64, finished: Option<&Finished>) {
        // A clock that went back counts on in the second that runs.
        if second > self.second {
            self.end();
            self.second = second;
        }
        self.running.count(finished);
    }

    /// What was counted in seconds before `now`; `None` where nothing was.
    pub(super) fn take(&mut self, now: i64) -> Option<Tally> {
        if self.second < now {
            self.end();
        }
        (self.over.calls > 0).then(|| std::mem::take(&mut self.over))
    }

    /// Whether the second that runs has calls.
    pub(super) fn is_running(&self) -> bool {
        self.running.calls > 0
    }

    fn end(&mut self) {
        match (self.running.calls, self.over.calls) {
            (0, _) => {}
            (_, 0) => self.over = std::mem::take(&mut self.running),
            _ => self.over.merge(&std::mem::take(&mut self.running)),
        }
    }
}
