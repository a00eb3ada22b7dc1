//! Headers of the doors, read and written.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chancery_gate::Quota;
use uuid::Uuid;

use super::super::header;
use crate::doors::Sent;

pub(super) const GATEWAY_TOKEN: HeaderName = HeaderName::from_static("chancery-gateway-token");
pub(super) const FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
pub(super) const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
pub(super) const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");

pub(super) const DECISION: HeaderName = HeaderName::from_static("chancery-decision");
pub(super) const CODE: HeaderName = HeaderName::from_static("chancery-code");
pub(super) const STATUS: HeaderName = HeaderName::from_static("chancery-status");
pub(super) const APP: HeaderName = HeaderName::from_static("chancery-app");
pub(super) const TENANT: HeaderName = HeaderName::from_static("chancery-tenant");
pub(super) const CLIENT: HeaderName = HeaderName::from_static("chancery-client");
pub(super) const SCOPES: HeaderName = HeaderName::from_static("chancery-scopes");
pub(super) const OPERATION: HeaderName = HeaderName::from_static("chancery-operation");

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// A header of which there should be one.
pub(super) fn sent<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Sent<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Sent::Missing,
        (Some(value), None) => value.to_str().map_or(Sent::Unclear, Sent::Once),
        (Some(_), Some(_)) => Sent::Unclear,
    }
}

/// Where the caller stands with its limit.
pub(super) fn limit(headers: &mut HeaderMap, quota: &Quota) {
    headers.insert(LIMIT, quota.limit.calls.into());
    headers.insert(REMAINING, quota.remaining.into());
    headers.insert(RESET, reset(quota).into());
}

/// Seconds until there is room again; where there is, until all that counts now has ended.
fn reset(quota: &Quota) -> u64 {
    let wait = if quota.retry_after.is_zero() { quota.limit.per } else { quota.retry_after };
    header::seconds(wait)
}

/// An id in its usual form.
pub(super) fn uuid(id: Uuid) -> HeaderValue {
    text(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

/// A text of ours. One that no header can hold is left out: the catalog's ids are any text.
pub(super) fn text(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}
