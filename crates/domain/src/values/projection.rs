//! What operators name.

use crate::Invalid;

text_value! {
    /// A projection's name: 1 to 40 lower-case letters and `_`.
    ProjectionName
}

impl ProjectionName {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let well_formed = (1..=40).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if well_formed { Ok(Self(text.into())) } else { Err(Invalid::ProjectionName) }
    }
}

/// How fast a rebuild may read the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventsPerSecond(u64);

impl EventsPerSecond {
    /// More than any machine reads.
    pub const MAX: u64 = 100_000_000;

    pub fn new(number: u64) -> Result<Self, Invalid> {
        if (1..=Self::MAX).contains(&number) { Ok(Self(number)) } else { Err(Invalid::EventsPerSecond) }
    }

    /// As the log has it: not checked again. `None` where it says no limit.
    pub const fn recorded(number: u64) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    pub const fn get(self) -> u64 {
        self.0
    }
}
