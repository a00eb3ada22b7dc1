//! The small world: what there is before the first command, and how it is written down.

use std::fmt;

/// A tenant that is registered nowhere.
pub const STRANGER: u64 = 99;

/// The scopes of the small world.
pub const SCOPES: [&str; 6] =
    ["tn.crm.a:r", "tn.crm.a:w", "tn.crm.b:r", "tn.jpm.c:r", "tn.jpm.c:w", "tn.jpm.d:r"];

/// A set of [`SCOPES`], a bit each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Scopes(pub u8);

impl Scopes {
    pub const ALL: Self = Self(0b11_1111);

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The places in [`SCOPES`] of those that are in the set.
    pub fn numbers(self) -> impl Iterator<Item = usize> {
        (0..SCOPES.len()).filter(move |number| self.0 & (1 << number) != 0)
    }

    /// The set of these texts.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let bit = |text| SCOPES.iter().position(|known| *known == text).expect("a scope of the small world");
        Self(texts.into_iter().fold(0, |bits, text| bits | 1 << bit(text)))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06b}", self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    Integration,
    Production,
}

impl Environment {
    pub const BOTH: [Self; 2] = [Self::Integration, Self::Production];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integration => "integration",
            Self::Production => "production",
        }
    }
}

/// A tenant in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub tenant: u64,
    pub environment: Environment,
}

/// The day of an hour.
pub const fn day(hour: i64) -> i64 {
    hour.div_euclid(24)
}
