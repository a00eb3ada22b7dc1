//! How long usage is kept, and how long a silent source is waited for.

use jiff::SignedDuration;

/// How usage is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageSettings {
    /// How long counts by the minute are kept. A day of them goes at once.
    pub minutes: SignedDuration,
    /// By the hour; a month goes at once.
    pub hours: SignedDuration,
    /// By the day; a year goes at once.
    pub days: SignedDuration,
    /// How long reports wait for a source that says nothing and did not say that it ends. After that they take it for
    /// dead, and what it had counted and not sent for lost.
    pub silence: SignedDuration,
}

impl UsageSettings {
    /// How long a source is remembered after its last batch.
    pub(super) const SOURCES: SignedDuration = SignedDuration::from_hours(7 * 24);
    /// How old a batch may be: less than a source is remembered, or it could count twice.
    pub(super) const OLDEST: SignedDuration = SignedDuration::from_hours(6 * 24);
    /// How far another machine's clock may be ahead of ours.
    pub(super) const SKEW: SignedDuration = SignedDuration::from_mins(5);
}

impl Default for UsageSettings {
    fn default() -> Self {
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        Self {
            minutes: days(7),
            hours: days(90),
            days: days(3 * 365),
            silence: SignedDuration::from_mins(10),
        }
    }
}
