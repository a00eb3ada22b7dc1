//! Values into a message's fields.

use std::fmt::Display;

use chancery_domain::{AppVersion, TenantId};

pub(super) const fn tenant_id(tenant_id: TenantId) -> i64 {
    // At most 2^53 - 1, so the sign stays.
    tenant_id.get().cast_signed()
}

/// Proto3 says nothing by 0.
pub(super) fn optional_tenant_id(id: Option<TenantId>) -> i64 {
    id.map_or(0, tenant_id)
}

pub(super) const fn version(version: AppVersion) -> i64 {
    // At most i64::MAX, so the sign stays.
    version.get().cast_signed()
}

/// A repeated field of texts.
pub(super) fn texts<V: Display>(values: impl IntoIterator<Item = V>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

/// Proto3 says nothing by an empty text.
pub(super) fn optional(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
