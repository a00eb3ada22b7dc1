//! How often a view's rows are read: the longer it takes, the more seldom.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Reading takes at most so much of the time.
const SHARE: u32 = 100;

/// When each view's rows are due again.
#[derive(Debug, Default)]
pub(super) struct Pace(BTreeMap<&'static str, Instant>);

impl Pace {
    pub(super) fn is_due(&self, view: &'static str) -> bool {
        self.0.get(view).is_none_or(|due| *due <= Instant::now())
    }

    /// They were read, or could not be in time.
    pub(super) fn took(&mut self, view: &'static str, time: Duration) {
        self.0.insert(view, Instant::now() + time * SHARE);
    }
}
