//! Counters of a meter and its publisher, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Since the meter was made.
#[derive(Debug, Default)]
pub struct Stats {
    keys: AtomicU64,
    unkeyed: AtomicU64,
    calls: AtomicU64,
    batches: AtomicU64,
    failures: AtomicU64,
    waiting: AtomicU64,
    lost: AtomicU64,
}

macro_rules! read {
    ($($(#[$doc:meta])* $name:ident)*) => {
        $($(#[$doc])* pub fn $name(&self) -> u64 {
            self.$name.load(Ordering::Relaxed)
        })*
    };
}

impl Stats {
    read! {
        /// Keys that are told apart at this moment.
        keys
        /// Calls that were counted by their outcome alone: there were too many keys, or a word could have been a secret.
        unkeyed
        /// Calls in acknowledged batches.
        calls
        /// Batches that were acknowledged.
        batches
        /// Times that a batch was not, and was sent again.
        failures
        /// Calls that no batch was acknowledged for yet, but for the last second's.
        waiting
        /// Calls that the process ended with, because nobody took them in time.
        lost
    }

    pub(super) fn count_unkeyed(&self, calls: u64) {
        self.unkeyed.fetch_add(calls, Ordering::Relaxed);
    }

    pub(super) fn set_keys(&self, keys: usize) {
        self.keys.store(keys as u64, Ordering::Relaxed);
    }

    pub(super) fn count_acknowledged(&self, calls: u64) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.calls.fetch_add(calls, Ordering::Relaxed);
        self.waiting.fetch_sub(calls, Ordering::Relaxed);
    }

    pub(super) fn count_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_waiting(&self, calls: u64) {
        self.waiting.fetch_add(calls, Ordering::Relaxed);
    }

    pub(super) fn count_lost(&self, calls: u64) {
        self.lost.fetch_add(calls, Ordering::Relaxed);
    }
}
