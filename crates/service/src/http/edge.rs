//! What every request gets on its way in, and every answer on its way out.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use chancery_journal::trace;
use futures_util::FutureExt as _;
use tokio::time::timeout;
use tracing::{Instrument, Span, field::Empty};

use super::{Service, problem::Problem, request_error::RequestError, trace::Trace};
use crate::ops::RouteMetrics;

/// How long an answer may take to begin. Longer than any wait behind it, each of which has its own bound.
const PATIENCE: Duration = Duration::from_secs(30);

/// Around everything: trace, time limit, problem documents, metrics.
pub(super) async fn edge(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or("unmatched", MatchedPath::as_str);
    let method = request.method().clone();
    let traceparent = request.headers().get("traceparent");
    let trace = (!trace::is_exported()).then(|| Trace::said(traceparent));
    let span = tracing::info_span!(
        "request",
        %method,
        route,
        trace_id = trace.as_ref().map(|trace| &*trace.id),
        traceparent = trace.as_ref().map(|trace| &*trace.parent),
        status = Empty,
        otel.name = Empty,
        otel.kind = Empty
    );
    let trace = trace.unwrap_or_else(|| exported(&span, traceparent, &format!("{method} {route}")));
    request.extensions_mut().insert(trace.clone());

    let timer = service.metrics.http.begin();
    let answer = timeout(PATIENCE, next.run(request)).instrument(span.clone()).await;
    let mut response = answer.unwrap_or_else(|_| timed_out());
    document(&mut response, || trace);
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    span.record("status", response.status().as_u16());
    timer.end(route, &method, response.status());
    response
}

/// Around what is answered ahead of the router: the same, but that only a trace that its caller keeps has a span.
pub(super) async fn ahead(
    metrics: &RouteMetrics,
    traceparent: Option<HeaderValue>,
    kept: Option<Trace>,
    answer: impl Future<Output = Response>,
) -> Response {
    let timer = metrics.begin();
    let span = kept.map(|trace| {
        let route = metrics.route();
        let trace = (!trace::is_exported()).then_some(trace);
        let span = tracing::info_span!(
            "request",
            route,
            trace_id = trace.as_ref().map(|trace| &*trace.id),
            traceparent = trace.as_ref().map(|trace| &*trace.parent),
            otel.name = Empty,
            otel.kind = Empty
        );
        if trace.is_none() {
            exported(&span, traceparent.as_ref(), route);
        }
        span
    });
    let answer = timeout(PATIENCE, AssertUnwindSafe(answer).catch_unwind());
    let answer = match span {
        Some(span) => answer.instrument(span).await,
        None => answer.await,
    };
    let mut response = match answer {
        Ok(Ok(response)) => response,
        broken => {
            let mut response = broken.map_or_else(|_| timed_out(), |caught| caught.unwrap_or_else(panicked));
            document(&mut response, || Trace::said(traceparent.as_ref()));
            response
        }
    };
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    timer.end(response.status());
    response
}

/// Where spans are exported, what comes after this request goes on from its span: in the caller's trace, or in one that
/// begins with it.
fn exported(span: &Span, traceparent: Option<&HeaderValue>, name: &str) -> Trace {
    span.record("otel.name", name).record("otel.kind", "server");
    let sent = Trace::sent(traceparent);
    let own = trace::go_on(span, sent.as_ref().map(|sent| &*sent.parent));
    let trace = own.and_then(|own| Trace::parse(&own)).or(sent).unwrap_or_else(Trace::begin);
    span.record("trace_id", &*trace.id).record("traceparent", &*trace.parent);
    trace
}

fn timed_out() -> Response {
    Problem::from(RequestError::TimedOut { seconds: PATIENCE.as_secs() }).into_response()
}

/// For paths that are not there.
pub(super) async fn unknown() -> Problem {
    RequestError::RouteUnknown.into()
}

/// A handler panicked; the panic's hook has told where.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::bare(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// An answer in a form that another standard gives it: no problem document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole;

/// Writes the problem document where the answer has a problem.
fn document(response: &mut Response, trace: impl FnOnce() -> Trace) {
    if response.extensions().get::<Whole>().is_some() {
        return;
    }
    let status = response.status();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if status == StatusCode::METHOD_NOT_ALLOWED => RequestError::MethodNotAllowed.into(),
        None if status.is_client_error() || status.is_server_error() => Problem::bare(status),
        None => return,
    };
    *response.body_mut() = Body::from(problem.render(&trace().id));
    let content_type = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    /// What a client gets of an answer.
    async fn shown(mut response: Response) -> serde_json::Value {
        document(&mut response, || Trace::of(&HeaderMap::new()));
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_answered_without_its_message() {
        let problem = shown(panicked(Box::new("the secret is cs1.x"))).await;
        assert_eq!((&problem["status"], &problem["code"]), (&500.into(), &"internal".into()));
        assert!(!problem.to_string().contains("cs1.x"), "{problem}");
    }

    #[tokio::test]
    async fn an_answer_that_is_only_a_status_gets_a_problem_document() {
        for status in [StatusCode::BAD_REQUEST, StatusCode::BAD_GATEWAY] {
            let problem = shown((status, "a text of somebody else's").into_response()).await;
            assert_eq!(problem["status"], status.as_u16());
            assert!(!problem.to_string().contains("somebody"), "{problem}");
        }
    }
}
