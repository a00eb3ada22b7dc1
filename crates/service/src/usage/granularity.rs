//! The spans of time that counts are kept for.

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a row of counts is, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    Minute,
    Hour,
    Day,
}

impl Granularity {
    /// In the order in which they are written.
    pub(super) const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    pub const fn span(self) -> SignedDuration {
        match self {
            Self::Minute => SignedDuration::from_mins(1),
            Self::Hour => SignedDuration::from_hours(1),
            Self::Day => SignedDuration::from_hours(24),
        }
    }

    /// When the span that holds a moment begins.
    pub fn begin(self, moment: Timestamp) -> Timestamp {
        // A day of UTC is 24 hours long. Not at the ends of time, where there is no usage.
        let unit = match self {
            Self::Minute => TimestampRound::new().smallest(Unit::Minute),
            Self::Hour => TimestampRound::new().smallest(Unit::Hour),
            Self::Day => TimestampRound::new().smallest(Unit::Hour).increment(24),
        };
        moment.round(unit.mode(RoundMode::Floor)).unwrap_or(moment)
    }

    /// When the span that begins at a moment ends.
    pub fn end(self, begin: Timestamp) -> Timestamp {
        begin.checked_add(self.span()).unwrap_or(begin)
    }

    pub(super) const fn table(self) -> &'static str {
        match self {
            Self::Minute => "usage_minute",
            Self::Hour => "usage_hour",
            Self::Day => "usage_day",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_begins_on_the_clock_of_utc() {
        for (moment, minute, hour, day) in [
            (
                "2026-11-22T06:07:08.9Z",
                "2026-11-22T06:07:00Z",
                "2026-11-22T06:00:00Z",
                "2026-11-22T00:00:00Z",
            ),
            ("2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:00Z", "1969-12-31T23:00:00Z", "1969-12-31T00:00:00Z"),
        ] {
            let moment: Timestamp = moment.parse().unwrap();
            let begins = Granularity::ALL.map(|granularity| granularity.begin(moment).to_string());
            assert_eq!(begins, [minute, hour, day]);
        }
    }
}
