//! Limits of calls, and what they are about (rule 29).

use std::{fmt, str::FromStr};

use crate::{AppId, Invalid};

/// What a limit is about, at one tenant in one environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limited {
    /// An app's calls of everything but reports.
    App(AppId),
    /// A report's calls, whichever app makes them.
    Report(ReportId),
}

impl Limited {
    pub const fn app(&self) -> Option<AppId> {
        match self {
            Self::App(app_id) => Some(*app_id),
            Self::Report(_) => None,
        }
    }

    /// What holds where nothing else was decided.
    pub const fn usual(&self) -> RateLimit {
        match self {
            Self::App(_) => RateLimit { calls: 60, per: Period::Second },
            Self::Report(_) => RateLimit { calls: 5, per: Period::Minute },
        }
    }
}

text_value! {
    /// The id of a report, as it stands in the path of a call: 1 to 100 of the characters that no path encodes or
    /// cuts: letters, digits, `-`, `.`, `_`, `~`.
    ReportId
}

impl ReportId {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let well_formed = (1..=100).contains(&text.len()) && text.bytes().all(unreserved);
        if well_formed { Ok(Self(text.into())) } else { Err(Invalid::ReportId) }
    }
}

/// So many calls in any window of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    calls: u32,
    pub per: Period,
}

impl RateLimit {
    /// What a gate can count exactly without remembering too much.
    pub const MAX_CALLS: u32 = 100_000;

    pub fn new(calls: u64, per: Period) -> Result<Self, Invalid> {
        let calls = u32::try_from(calls).ok().filter(|calls| (1..=Self::MAX_CALLS).contains(calls));
        calls.map(|calls| Self { calls, per }).ok_or(Invalid::RateLimitCalls)
    }

    /// As the log has it: not checked again. `None` where it says the usual limit.
    pub const fn recorded(calls: u32, per: Period) -> Option<Self> {
        if calls == 0 { None } else { Some(Self { calls, per }) }
    }

    pub const fn calls(self) -> u32 {
        self.calls
    }
}

/// How long a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Second,
    Minute,
}

impl Period {
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
        }
    }

    pub const fn of_seconds(seconds: u32) -> Option<Self> {
        match seconds {
            1 => Some(Self::Second),
            60 => Some(Self::Minute),
            _ => None,
        }
    }
}

/// ISO 8601.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "PT1S",
            Self::Minute => "PT1M",
        })
    }
}

impl FromStr for Period {
    type Err = Invalid;

    /// Reads what `Display` wrote, and nothing else.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "PT1S" => Ok(Self::Second),
            "PT1M" => Ok(Self::Minute),
            _ => Err(Invalid::RateLimitPeriod),
        }
    }
}
