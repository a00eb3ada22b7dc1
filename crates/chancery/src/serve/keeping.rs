//! How long usage is kept.

use chancery_service::usage::UsageSettings;
use clap::{Args, value_parser};
use jiff::SignedDuration;

#[derive(Debug, Args)]
pub(crate) struct Keeping {
    /// Days for which usage by the minute is kept
    #[arg(long = "usage.keep_minutes", env = "CHANCERY_USAGE_KEEP_MINUTES", default_value_t = 7,
        value_parser = value_parser!(u16).range(1..))]
    keep_minutes: u16,
    /// Days for which usage by the hour is kept
    #[arg(long = "usage.keep_hours", env = "CHANCERY_USAGE_KEEP_HOURS", default_value_t = 90,
        value_parser = value_parser!(u16).range(1..))]
    keep_hours: u16,
    /// Days for which usage by the day is kept
    #[arg(long = "usage.keep_days", env = "CHANCERY_USAGE_KEEP_DAYS", default_value_t = 1095,
        value_parser = value_parser!(u16).range(1..))]
    keep_days: u16,
    /// Seconds for which reports wait for a gateway that falls silent, before they take it for dead
    #[arg(long = "usage.silence", env = "CHANCERY_USAGE_SILENCE", default_value_t = 600)]
    silence: u32,
}

impl Keeping {
    pub(crate) fn settings(&self) -> UsageSettings {
        let days = |days: u16| SignedDuration::from_hours(24 * i64::from(days));
        UsageSettings {
            minutes: days(self.keep_minutes),
            hours: days(self.keep_hours),
            days: days(self.keep_days),
            silence: SignedDuration::from_secs(i64::from(self.silence)),
        }
    }
}
