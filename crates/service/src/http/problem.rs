//! Problem documents (RFC 9457).
//!
//! Own types and not the crate `problem_details`: its `type` is an `http::Uri`, which holds no URN, and the trace
//! id is known only at the edge. So a [`Problem`] travels there in its response's extensions, and the edge
//! writes the [`Document`].

use std::fmt;

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Why a request has no answer of its own.
#[derive(Debug, Clone)]
pub(super) struct Problem(Box<Content>);

#[derive(Debug, Clone)]
struct Content {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldProblem>,
    more: Map<String, Value>,
    headers: HeaderMap,
}

/// One thing to correct in the request's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldProblem {
    /// Where it is, as a JSON pointer (RFC 6901).
    pub(super) pointer: String,
    /// What to do.
    pub(super) detail: String,
    pub(super) code: String,
}

/// Why a request has no answer of its own, and what to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, title = "Problem")]
pub(super) struct Document<'a> {
    /// `urn:chancery:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    /// A sentence that says what to do.
    detail: &'a str,
    /// Never changes its meaning.
    code: &'a str,
    /// The W3C trace id of the request, to be named when asking for help.
    #[serde(rename = "traceId")]
    trace_id: &'a str,
    /// What to correct in the body, where that is the problem.
    errors: &'a [FieldProblem],
    /// The same as `detail`, under the name that older clients read.
    message: &'a str,
    /// Members of single codes, for example `latest_version` of `version_stale`.
    #[serde(flatten)]
    #[schema(additional_properties = true, inline)]
    more: &'a Map<String, Value>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl fmt::Display) -> Self {
        Self(Box::new(Content {
            status,
            code,
            detail: detail.to_string(),
            errors: Vec::new(),
            more: Map::new(),
            headers: HeaderMap::new(),
        }))
    }

    pub(super) fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The code, for metrics.
    pub(super) fn code(&self) -> &'static str {
        self.0.code
    }

    pub(super) fn errors(mut self, errors: Vec<FieldProblem>) -> Self {
        self.0.errors = errors;
        self
    }

    /// One thing to correct.
    pub(super) fn at(self, pointer: impl Into<String>) -> Self {
        let (detail, code) = (self.0.detail.clone(), self.0.code.to_owned());
        self.errors(vec![FieldProblem { pointer: pointer.into(), detail, code }])
    }

    /// A member of this code's own.
    pub(super) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.more.insert(member.to_owned(), value.into());
        self
    }

    pub(super) fn header(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.0.headers.insert(name, value.into());
        self
    }

    /// The document, once the request's trace id is at hand.
    pub(super) fn render(&self, trace_id: &str) -> Vec<u8> {
        let Content { status, code, detail, errors, more, .. } = &*self.0;
        let document = Document {
            kind: format!("urn:chancery:problem:{code}"),
            title: title(code),
            status: status.as_u16(),
            detail,
            code,
            trace_id,
            errors,
            message: detail,
            more,
        };
        serde_json::to_vec(&document)
            .unwrap_or_else(|error| unreachable!("a problem has string keys and no fallible field: {error}"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.headers_mut().extend(self.0.headers.clone());
        response.extensions_mut().insert(self);
        response
    }
}

/// `version_stale` reads `Version stale`.
fn title(code: &str) -> String {
    let mut title = code.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}
