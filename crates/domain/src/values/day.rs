//! Days: what is recorded once a day is recorded under its day.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};

use crate::Invalid;

/// A day in UTC, of the years 0000 to 9999: what `YYYY-MM-DD` can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    const FIRST: Date = date(0, 1, 1);

    /// The day on which this time is; times before the year 0000 are on its first day.
    pub fn of(time: Timestamp) -> Self {
        Self(time.to_zoned(TimeZone::UTC).date().max(Self::FIRST))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = Invalid;

    /// Reads what `Display` wrote, and nothing else: the library also reads other forms.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let day: Date = text.parse().map_err(|_| Invalid::Day)?;
        if day >= Self::FIRST && day.to_string() == text { Ok(Self(day)) } else { Err(Invalid::Day) }
    }
}
