//! Answers in the form of RFC 6749 §5: never kept by anybody, errors as `error` and `error_description`.

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::Response,
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
            Ok(body) => written(&body),
            Err(error) => refused(&error),
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }
}

/// For the edge around the router: this answer stays as it is.
pub(super) fn whole(mut response: Response) -> Response {
    response.extensions_mut().insert(Whole);
    response
}

fn written(body: &impl Serialize) -> Response {
    // As long as most of them are.
    let mut json = Vec::with_capacity(1_024);
    serde_json::to_writer(&mut json, body)
        .unwrap_or_else(|error| unreachable!("an answer has string keys and no fallible field: {error}"));
    let mut response = Response::new(Body::from(json));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
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
    let mut response = written(&body);
    *response.status_mut() = status;
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
