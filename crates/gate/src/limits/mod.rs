//! How many calls may pass (rule 29): never more than the limit in any window of its length, and none refused for
//! which there was room.
//!
//! Our own, because the usual crates keep a level that drains (GCRA, token bucket): those let nearly twice the limit
//! pass in some window, or refuse where there is room. Here each call that still counts is remembered, so memory
//! grows with the calls of the last window and shrinks with them.

mod calls;
mod reports;
mod window;

use std::time::Duration;

use hashbrown::HashMap;

use self::reports::Reports;
pub(crate) use self::{
    reports::{Named, Report},
    window::Window,
};
use crate::connections::Place;

/// So many calls in any window of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub calls: u32,
    pub per: Duration,
}

impl Limit {
    /// Everything but reporting, an app, tenant and environment.
    pub const STANDARD: Self = Self { calls: 60, per: Duration::from_secs(1) };
    /// Reporting, a report, tenant and environment, whichever app calls.
    pub const REPORTING: Self = Self { calls: 5, per: Duration::from_mins(1) };

    /// The same from the log; `None` where it says the usual limit.
    pub(crate) fn recorded(calls: u32, per_seconds: u32) -> Option<Self> {
        (calls > 0).then(|| Self { calls, per: Duration::from_secs(per_seconds.into()) })
    }

    /// Rounded down: the parts of all gates together never exceed the limit.
    fn part(self, share: f64) -> Self {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of a limit is between zero and the limit"
        )]
        let calls = (f64::from(self.calls) * share.clamp(0.0, 1.0)) as u32;
        Self { calls, ..self }
    }
}

/// Where a caller stands with its limit: the `RateLimit-*` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub limit: Limit,
    /// Calls that may pass at this moment.
    pub remaining: u32,
    /// When the next one may pass; zero where one may pass now.
    pub retry_after: Duration,
}

/// The limits, this gate's part of each, and the windows of reports: those of connections lie with them.
#[derive(Debug)]
pub(crate) struct Limits {
    share: f64,
    /// This gate's part of the usual limit.
    pub(crate) standard: Limit,
    /// Limits other than the usual ones, in full: few.
    places: HashMap<Place, Limit>,
    reports: HashMap<Report, Limit>,
    windows: Reports,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(1.0)
    }
}

impl Limits {
    pub(crate) fn new(share: f64) -> Self {
        Self {
            share,
            standard: Limit::STANDARD.part(share),
            places: HashMap::new(),
            reports: HashMap::new(),
            windows: Reports::default(),
        }
    }

    /// Sets another limit than the usual one; without one, the usual one again. What counts already goes on to count,
    /// as long as it was remembered: calls of a longer window than was asked for so far are gone.
    pub(crate) fn set_place(&mut self, place: Place, limit: Option<Limit>) {
        match limit {
            Some(limit) => self.places.insert(place, limit),
            None => self.places.remove(&place),
        };
    }

    pub(crate) fn set_report(&mut self, report: Report, limit: Option<Limit>) {
        match limit {
            Some(limit) => self.reports.insert(report, limit),
            None => self.reports.remove(&report),
        };
    }

    /// The limits that are not the usual ones.
    pub(crate) const fn overrides(&self) -> (&HashMap<Place, Limit>, &HashMap<Report, Limit>) {
        (&self.places, &self.reports)
    }

    /// This gate's part of the limit that holds at a place.
    pub(crate) fn of_place(&self, place: &Place) -> Limit {
        self.places.get(place).copied().unwrap_or(Limit::STANDARD).part(self.share)
    }

    pub(crate) fn take_report(&self, report: &Named<'_>, now: Duration) -> Result<Quota, Quota> {
        let part = |limit: Option<&Limit>| limit.copied().unwrap_or(Limit::REPORTING).part(self.share);
        let limit_of = |report: &Report| part(self.reports.get(report));
        self.windows.take(report, part(self.reports.get(report)), limit_of, now)
    }
}
