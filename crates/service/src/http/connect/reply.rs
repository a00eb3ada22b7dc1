//! Answers in the form of RFC 6749 §5: never kept by anybody, errors as `error` and `error_description`.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;

use super::super::{Service, edge::Whole};
use crate::connect::ConnectError;

impl Service {
    /// The answer of an endpoint, which metrics call `endpoint`.
    pub(super) fn connected<T: Serialize>(
        &self,
        endpoint: &'static str,
        result: Result<T, ConnectError>,
    ) -> Response {
        let outcome = match &result {
            Ok(_) => "answered",
            Err(error) => error.code(),
        };
        self.metrics.connect.count(endpoint, outcome);
        let mut response = match result {
            Ok(body) => Json(body).into_response(),
            Err(error) => refused(&error),
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        response.extensions_mut().insert(Whole);
        response
    }
}

fn refused(error: &ConnectError) -> Response {
    use ConnectError as E;
    let status = match error {
        E::InvalidRequest(_) | E::UnsupportedGrantType | E::InvalidScope | E::NotYours => {
            StatusCode::BAD_REQUEST
        }
        E::InvalidClient | E::InvalidToken => StatusCode::UNAUTHORIZED,
        E::TooManyGuesses { .. } => StatusCode::TOO_MANY_REQUESTS,
        E::Unavailable(_) | E::NotRecorded(_) | E::Unsigned(_) => {
            tracing::warn!(error = error as &dyn std::error::Error, "a token endpoint could not answer");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    let body = json!({ "error": error.code(), "error_description": error.to_string() });
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    match error {
        E::InvalidClient => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"chancery\""));
        }
        E::InvalidToken => {
            let challenge = "Bearer realm=\"chancery\", error=\"invalid_token\"";
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        E::TooManyGuesses { retry_after } => {
            headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
        }
        E::Unavailable(_) | E::NotRecorded(_) | E::Unsigned(_) => {
            headers.insert(RETRY_AFTER, HeaderValue::from(1));
        }
        _ => {}
    }
    response
}
