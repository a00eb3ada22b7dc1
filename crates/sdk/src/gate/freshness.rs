//! When the gate was last known to be at the log's head.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chancery_wire::Position;
use tokio::time::Instant;

use crate::http::Head;

/// Heads that are waited for at once. Where more are heard of, the gate is behind by so many seconds.
const WAITED_FOR: usize = 64;

#[derive(Debug)]
pub(super) struct Freshness {
    /// Milliseconds since `origin`; 0: never yet.
    fresh: AtomicU64,
    origin: Instant,
    /// What was heard of the head and is not reached yet, in its order.
    waiting: Mutex<VecDeque<Head>>,
}

impl Default for Freshness {
    fn default() -> Self {
        Self { fresh: AtomicU64::new(0), origin: Instant::now(), waiting: Mutex::default() }
    }
}

impl Freshness {
    /// The head was heard of, when the gate was at `position`.
    pub(super) fn heard(&self, head: Head, position: Position) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == WAITED_FOR {
            waiting.pop_front();
        }
        waiting.push_back(head);
        self.settle(&mut waiting, position);
    }

    /// The gate is at `position`.
    pub(super) fn reached(&self, position: Position) {
        self.settle(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner), position);
    }

    /// What was heard was of a log that is not followed any longer.
    pub(super) fn forget(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How long ago the gate was at a head that it had heard of; `None` before it ever was.
    pub(super) fn staleness(&self) -> Option<Duration> {
        let fresh = Some(self.fresh.load(Ordering::Acquire)).filter(|fresh| *fresh > 0)?;
        Some(self.origin.elapsed().saturating_sub(Duration::from_millis(fresh)))
    }

    fn settle(&self, waiting: &mut VecDeque<Head>, position: Position) {
        while let Some(head) = waiting.front().filter(|head| head.position <= position) {
            // Rounded down, and never 0: so that it is not fresher than it is.
            let fresh = head.at.saturating_duration_since(self.origin).as_millis().max(1);
            self.fresh.fetch_max(u64::try_from(fresh).unwrap_or(u64::MAX), Ordering::AcqRel);
            waiting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(position: u64, at: Instant) -> Head {
        Head { position: Position::new(position), at }
    }

    #[test]
    fn a_gate_is_as_fresh_as_the_newest_head_that_it_reached() {
        let freshness = Freshness::default();
        let origin = freshness.origin;
        let at = |seconds: u64| origin + Duration::from_secs(seconds);
        let fresh = || freshness.fresh.load(Ordering::Acquire);
        freshness.heard(head(5, at(1)), Position::new(4));
        assert_eq!(freshness.staleness(), None);
        freshness.heard(head(7, at(2)), Position::new(4));
        freshness.reached(Position::new(6));
        assert_eq!(fresh(), 1_000);
        freshness.heard(head(7, at(3)), Position::new(6));
        assert_eq!(fresh(), 1_000);
        freshness.reached(Position::new(7));
        assert_eq!(fresh(), 3_000);
        freshness.heard(head(7, at(4)), Position::new(9));
        assert_eq!(fresh(), 4_000);
    }

    #[test]
    fn a_gate_that_never_catches_up_is_stale_since_it_was_last_there() {
        let freshness = Freshness::default();
        let at = |seconds: u64| freshness.origin + Duration::from_secs(seconds);
        freshness.heard(head(1, at(1)), Position::new(1));
        for second in 2..1_000 {
            freshness.heard(head(100 * second, at(second)), Position::new(1));
        }
        assert_eq!(freshness.fresh.load(Ordering::Acquire), 1_000);
        assert!(freshness.waiting.lock().unwrap().len() <= WAITED_FOR);
    }

    #[test]
    fn what_was_heard_of_another_log_does_not_count() {
        let freshness = Freshness::default();
        freshness.heard(head(5, freshness.origin + Duration::from_secs(1)), Position::new(4));
        freshness.forget();
        freshness.reached(Position::new(9));
        assert_eq!(freshness.staleness(), None);
    }
}
