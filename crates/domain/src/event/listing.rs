//! Events of listings: apps made visible to tenants.

use crate::{AppId, TenantId};

/// The app is listed for the tenant; this grants nothing (rule 9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantAdded {
    pub app_id: AppId,
    pub tenant_id: TenantId,
}

/// The app is no longer listed for the tenant; its connections there are revoked beside this (rule 24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRemoved {
    pub app_id: AppId,
    pub tenant_id: TenantId,
}
