//! Events of limits.

use crate::{Environment, Limited, RateLimit, TenantId};

/// The platform set another limit than the usual one (rule 29), or the usual one again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimitOverridden {
    /// What is limited, at this tenant.
    pub limited: Limited,
    pub tenant_id: TenantId,
    pub environment: Environment,
    /// None: the usual limit again.
    pub limit: Option<RateLimit>,
}
