//! One caller's calls that count.

use std::time::Duration;

use super::{Limit, Quota, calls::Calls};

/// How long after it read the clock a call may be decided and still count as of then.
const OVERTAKEN: u64 = 100_000_000;

/// The calls that passed and may still count, by the time that each said, in nanoseconds: there may be many.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    calls: Calls,
    /// What was before is forgotten.
    known_from: u64,
}

impl Window {
    /// Takes one call, or says when there is room. Refused calls take nothing.
    ///
    /// Callers read the clock before they wait for the lock, so a call may be decided after later ones: it is held
    /// against all that lie within the length of a window on either side of it.
    pub(crate) fn take(&mut self, limit: Limit, now: Duration) -> Result<Quota, Quota> {
        let (calls, per, now) = (limit.calls as usize, nanoseconds(limit.per), nanoseconds(now));
        if let Some(ended) = now.checked_sub(per + OVERTAKEN) {
            self.calls.forget(self.calls.until(ended));
        }
        self.known_from = self.known_from.max(now.saturating_sub(OVERTAKEN));
        let now = now.max(self.known_from);
        let at = self.calls.until(now);
        if let Some(free_at) = self.full(at, calls, per, now) {
            let retry_after = Duration::from_nanos(free_at.saturating_sub(now));
            return Err(Quota { limit, remaining: 0, retry_after });
        }
        let ended = now.checked_sub(per).map_or(0, |ended| self.calls.until(ended));
        self.calls.insert(at, now);
        let remaining = u32::try_from(calls - (at - ended) - 1).unwrap_or(u32::MAX);
        Ok(Quota { limit, remaining, retry_after: Duration::ZERO })
    }

    /// Whether any of its calls still counts.
    pub(super) fn counts(&self, limit: Limit, now: Duration) -> bool {
        let until = |last: u64| last + nanoseconds(limit.per) + OVERTAKEN;
        self.calls.last().is_some_and(|last| until(last) > nanoseconds(now))
    }

    /// Gives memory back that no call needs.
    pub(crate) fn shrink(&mut self, limit: Limit, now: Duration) {
        if self.is_large() && !self.counts(limit, now) {
            self.calls = Calls::default();
        }
    }

    /// Whether it has memory of its own.
    pub(crate) const fn is_large(&self) -> bool {
        self.calls.are_many()
    }

    /// When the oldest of the calls ends that leave no room for one at `now`, the `at`-th; `None` where there is room.
    fn full(&self, at: usize, calls: usize, per: u64, now: u64) -> Option<u64> {
        let Some(last) = calls.checked_sub(1) else { return Some(now + per) };
        // As many after it as it takes, or it can be of no full window: so there are few to look at, if any.
        let furthest = self.calls.len().checked_sub(calls)?;
        let together = |first: &usize| {
            let ends = self.calls.get(*first).zip(self.calls.get(first + last));
            ends.is_some_and(|(first, last)| last.max(now) - first.min(now) < per)
        };
        let first = (at.saturating_sub(calls)..=at.min(furthest)).find(together)?;
        self.calls.get(first).map(|oldest| oldest + per)
    }
}

/// 584 years fit.
const fn nanoseconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000_000).saturating_add(duration.subsec_nanos() as u64)
}
