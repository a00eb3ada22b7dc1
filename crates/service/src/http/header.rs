//! Headers of the contract, read and written.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chancery_wire::Position;
use uuid::Uuid;

use super::request_error::RequestError;

pub(super) const POSITION: HeaderName = HeaderName::from_static("chancery-position");
pub(super) const LOG: HeaderName = HeaderName::from_static("chancery-log");
pub(super) const MIN_POSITION: HeaderName = HeaderName::from_static("chancery-min-position");
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(super) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// A strong `ETag`: a stream's version.
pub(super) fn etag(version: u64) -> HeaderValue {
    ascii(&format!("\"{version}\""))
}

pub(super) fn number(number: u64) -> HeaderValue {
    HeaderValue::from(number)
}

/// Whole seconds to wait, at least one: afterwards it is over.
pub(super) fn seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

pub(super) fn uuid(id: Uuid) -> HeaderValue {
    ascii(&id.to_string())
}

/// The version that `If-Match` names; `None` where there is no such header or any version will do.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<u64>, RequestError> {
    match single(headers, &axum::http::header::IF_MATCH, &RequestError::IfMatchInvalid)? {
        None | Some("*") => Ok(None),
        Some(text) => version(text).map(Some).ok_or(RequestError::IfMatchInvalid),
    }
}

/// `Chancery-Min-Position`.
pub(super) fn min_position(headers: &HeaderMap) -> Result<Option<Position>, RequestError> {
    let text = single(headers, &MIN_POSITION, &RequestError::MinPositionInvalid)?;
    text.map(|text| position(text).ok_or(RequestError::MinPositionInvalid)).transpose()
}

/// `Last-Event-ID`, as `EventSource` sends it when it reconnects.
pub(super) fn last_event_id(headers: &HeaderMap) -> Result<Option<Position>, RequestError> {
    let text = single(headers, &LAST_EVENT_ID, &RequestError::LastEventIdInvalid)?;
    text.map(|text| position(text).ok_or(RequestError::LastEventIdInvalid)).transpose()
}

/// `Idempotency-Key`: 1 to 255 visible ASCII characters.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, RequestError> {
    let key = single(headers, &IDEMPOTENCY_KEY, &RequestError::IdempotencyKeyInvalid)?;
    let valid =
        |key: &&str| (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    key.map(|key| Some(key).filter(valid).ok_or(RequestError::IdempotencyKeyInvalid)).transpose()
}

/// Decimal digits, as far as Postgres can count.
pub(super) fn position(text: &str) -> Option<Position> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = if digits { text.parse().ok()? } else { return None };
    Some(Position::from_i64(number))
}

fn version(text: &str) -> Option<u64> {
    position(text.strip_prefix('"')?.strip_suffix('"')?).map(Position::get)
}

/// The header's one value.
fn single<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    invalid: &RequestError,
) -> Result<Option<&'a str>, RequestError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| invalid.clone()),
        (Some(_), Some(_)) => Err(invalid.clone()),
    }
}

fn ascii(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|error| unreachable!("digits, - and quotes: {error}"))
}
