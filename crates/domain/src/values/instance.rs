//! Environments, and tenants in them.

use std::fmt;

use crate::{Invalid, TenantId};

text_value! {
    /// An environment's name: a lower-case letter, then up to 31 lower-case letters, digits and `-`. Which ones
    /// exist is configured.
    Environment
}

impl Environment {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let well_formed = (1..=32).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if well_formed { Ok(Self(text.into())) } else { Err(Invalid::Environment) }
    }

    /// Where a third party has its one instance (rule 1).
    pub fn integration() -> Self {
        Self("integration".into())
    }

    pub fn production() -> Self {
        Self("production".into())
    }
}

/// A tenant in one environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance {
    pub tenant_id: TenantId,
    pub environment: Environment,
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant_id, self.environment)
    }
}
