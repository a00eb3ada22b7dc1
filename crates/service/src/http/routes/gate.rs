//! What gateways ask for: decisions, and the gate itself.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::Response,
};
use chancery_gate::Lines;
use futures_util::{Stream, stream};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::super::{
    Service,
    doors::{self, AllowedDocument, Question},
    problem::Problem,
    reading::Reading,
    request_error::RequestError,
};

/// Copies that may be on their way at once: each holds on to the gate's tables of its position.
static COPIES: Semaphore = Semaphore::const_new(4);

/// Ask whether a call may pass.
///
/// For gateways. The first check that fails decides; its code is the problem's, and `detail` says who must do what. What
/// passes counts against its limit, which is in `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset`; what is
/// refused counts nothing. A refusal has `decision_id`, `allow: false`, `gate_position` and, once the token verified,
/// the fields of the answer beside its `code`, with `who` must act and `where`.
#[utoipa::path(post, path = "/v1/authorize", operation_id = "authorize", tag = "gate",
    request_body = Question,
    responses((status = 200, description = "The call may pass.", body = AllowedDocument<'static>)))]
pub(super) async fn authorize(State(service): State<Service>, request: Request) -> Result<Response, Problem> {
    doors::authorize(&service, request).await
}

/// Copy the gate.
///
/// For gateways that decide for themselves: all that decides calls, as of `Chancery-Position`, a JSON object a line. The
/// first line says the log and the position, the last one how many of each kind there are: a copy without it broke off.
/// Go on from there with `GET /v1/events`.
#[utoipa::path(get, path = "/v1/gate/snapshot", operation_id = "getGateSnapshot", tag = "gate",
    responses((status = 200, description = "The gate, line by line.", body = String,
        content_type = "application/x-ndjson")))]
pub(super) async fn snapshot(State(service): State<Service>, read: Reading) -> Result<Response, Problem> {
    let connect = service.connect.as_ref().ok_or(RequestError::GateElsewhere)?;
    let house = connect.house();
    if let Some(wanted) = read.min_position {
        service.known(wanted).await?;
        house.reach(wanted).await?;
    }
    let copying = COPIES
        .try_acquire()
        .map_err(|_| Problem::busy("Ask again in a moment: as many copies are made as can be at once."))?;
    let snapshot = house.view().gate().snapshot();
    let (position, lines) = (snapshot.position(), snapshot.lines(service.log_id));
    let mut response = service.at(position, Body::from_stream(chunks(lines, copying)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}

/// One chunk after the other, each written when the one before it is on its way.
fn chunks(
    lines: Lines,
    copying: SemaphorePermit<'static>,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    stream::unfold((lines, copying), |(mut lines, copying)| async move {
        let chunk = lines.next()?;
        tokio::task::yield_now().await;
        Some((Ok(Bytes::from(chunk)), (lines, copying)))
    })
}
