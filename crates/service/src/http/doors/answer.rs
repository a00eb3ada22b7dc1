//! Answers that are whole when they leave here.

use axum::http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use bytes::Bytes;

use super::{
    super::{header, problem::Problem},
    headers::{self, APP, CLIENT, CODE, DECISION, OPERATION, SCOPES, TENANT},
    refused,
};
use crate::doors::DoorAnswer;

pub(super) type Answer = Response<Bytes>;

/// The decision for a gateway that reads heads: allowed without a body.
pub(super) fn head(decision: &DoorAnswer<'_>, trace: impl FnOnce() -> String) -> Answer {
    let Ok(allowed) = &decision.outcome else { return refusal(decision, trace) };
    let mut answer = Answer::new(Bytes::new());
    let headers = answer.headers_mut();
    headers.reserve(12);
    headers.insert(DECISION, headers::uuid(decision.decision_id));
    headers.insert(APP, headers::uuid(allowed.app_id));
    headers.insert(TENANT, allowed.tenant_id.into());
    headers.insert(CLIENT, headers::text(&allowed.client_id.to_string()));
    headers.insert(SCOPES, headers::text(&decision.scopes()));
    headers.insert(OPERATION, headers::text(allowed.operation));
    headers.insert(header::POSITION, header::number(decision.gate_position.get()));
    headers::limit(headers, &allowed.quota);
    answer
}

/// A refusal, for every gateway.
pub(super) fn refusal(decision: &DoorAnswer<'_>, trace: impl FnOnce() -> String) -> Answer {
    let mut answer = problem(&refused::problem(decision), &trace());
    let headers = answer.headers_mut();
    headers.insert(DECISION, headers::uuid(decision.decision_id));
    headers.insert(CODE, HeaderValue::from_static(decision.code()));
    headers.insert(header::POSITION, header::number(decision.gate_position.get()));
    if let Some(quota) = decision.outcome.as_ref().err().and_then(chancery_gate::Denial::quota) {
        headers::limit(headers, &quota);
    }
    answer
}

/// A problem, written down.
pub(super) fn problem(problem: &Problem, trace: &str) -> Answer {
    let mut answer = json(Bytes::from(problem.render(trace)));
    *answer.status_mut() = problem.status();
    answer.headers_mut().extend(problem.headers().clone());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    answer
}

/// A document that holds at this moment only.
pub(super) fn json(body: Bytes) -> Answer {
    let mut answer = Answer::new(body);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// For gateways that pass 2xx, 401 and 403 alone: what is none of these is 403, and said beside it.
pub(super) fn strict(mut answer: Answer) -> Answer {
    let status = answer.status();
    if !status.is_success() && status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN {
        *answer.status_mut() = StatusCode::FORBIDDEN;
        answer.headers_mut().insert(headers::STATUS, HeaderValue::from(status.as_u16()));
    }
    answer
}
