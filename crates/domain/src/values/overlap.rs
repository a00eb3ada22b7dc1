//! How long an old secret lives beside a new one (rule 19).

use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

use crate::Invalid;

/// From nothing (a leak) to 30 days; a day if nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Overlap(SignedDuration);

impl Overlap {
    pub const MAX: Self = Self(SignedDuration::from_hours(30 * 24));

    pub fn new(duration: SignedDuration) -> Result<Self, Invalid> {
        if duration.is_negative() || duration > Self::MAX.0 {
            Err(Invalid::Overlap)
        } else {
            Ok(Self(duration))
        }
    }

    /// The end of a secret that begins to retire `now`.
    pub fn end(self, now: Timestamp) -> Timestamp {
        now.checked_add(self.0).unwrap_or(Timestamp::MAX)
    }
}

impl Default for Overlap {
    fn default() -> Self {
        Self(SignedDuration::from_hours(24))
    }
}

impl FromStr for Overlap {
    type Err = Invalid;

    /// An ISO 8601 duration; a day has 24 hours, and months have no length.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        // The library also reads durations in words.
        if !text.starts_with('P') {
            return Err(Invalid::Overlap);
        }
        text.parse::<Span>()
            .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
            .map_err(|_| Invalid::Overlap)
            .and_then(Self::new)
    }
}
