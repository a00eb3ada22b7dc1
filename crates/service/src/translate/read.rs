//! Values out of a message's fields.

use std::sync::Arc;

use chancery_domain::{AppVersion, Day, Scope, ScopeSet, Sha256, TenantId};
use chancery_wire::ProtoTimestamp;
use jiff::Timestamp;
use uuid::Uuid;

/// The field that holds nothing the domain has a value for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unusable(pub(crate) &'static str);

pub(crate) fn uuid(field: &'static str, text: &str) -> Result<Uuid, Unusable> {
    Uuid::try_parse(text).map_err(|_| Unusable(field))
}

pub(crate) fn optional_uuid(field: &'static str, text: &str) -> Result<Option<Uuid>, Unusable> {
    optional(text).map(|text| uuid(field, text)).transpose()
}

pub(super) fn tenant_id(field: &'static str, number: i64) -> Result<TenantId, Unusable> {
    number.try_into().map_err(|_| Unusable(field))
}

/// Proto3 says nothing by 0.
pub(super) fn optional_tenant_id(field: &'static str, number: i64) -> Result<Option<TenantId>, Unusable> {
    if number == 0 { Ok(None) } else { tenant_id(field, number).map(Some) }
}

pub(super) fn version(field: &'static str, number: i64) -> Result<AppVersion, Unusable> {
    number.try_into().map_err(|_| Unusable(field))
}

pub(super) fn sha256(field: &'static str, bytes: &[u8]) -> Result<Sha256, Unusable> {
    bytes.try_into().map(Sha256).map_err(|_| Unusable(field))
}

pub(super) fn day(field: &'static str, text: &str) -> Result<Day, Unusable> {
    text.parse().map_err(|_| Unusable(field))
}

pub(crate) fn time(field: &'static str, time: Option<ProtoTimestamp>) -> Result<Option<Timestamp>, Unusable> {
    time.map(Timestamp::try_from).transpose().map_err(|_| Unusable(field))
}

pub(super) fn scopes(texts: &[String]) -> ScopeSet {
    texts.iter().map(|text| Scope::recorded(text.as_str())).collect()
}

/// All of a repeated field's parts, or the field of the first part that is unusable.
pub(super) fn each<M, V, C: FromIterator<V>>(
    messages: &[M],
    read: impl Fn(&M) -> Result<V, Unusable>,
) -> Result<C, Unusable> {
    messages.iter().map(read).collect()
}

/// A repeated field of texts.
pub(super) fn texts<V>(texts: &[String], recorded: impl Fn(Arc<str>) -> V) -> Vec<V> {
    texts.iter().map(|text| recorded(text.as_str().into())).collect()
}

/// Proto3 says nothing by an empty text.
pub(super) fn optional(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
