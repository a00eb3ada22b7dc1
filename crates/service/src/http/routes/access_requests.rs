//! Access requests: anyone may ask, reviewers decide (rule 1).

use axum::{extract::State, response::Response};
use chancery_domain::AccessRequestId;
use chancery_views::{
    AccessState,
    access_requests::{self, AccessRequest, AccessRequests},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::{
    Service,
    command::{Command, StrangersCommand},
    list::{List, Listing},
    path::Id,
    problem::Problem,
    reading::Reading,
};
use crate::commands::{AccessDecision, DecidedAccess, RequestAccess, RequestedAccess};

/// Which page of the access requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Requests {
    /// Items at once, 50 unless told.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Those in this state only.
    #[param(inline)]
    state: Option<AccessState>,
}

/// Ask for access.
///
/// For anyone, without a token. The body has at most 2 KiB. At most 5 requests an hour come from one address, and at
/// most 1,000 wait for a decision.
#[utoipa::path(post, path = "/v1/access-requests", operation_id = "requestAccess", tag = "access-requests",
    request_body = RequestAccess, security(()),
    responses((status = 201, description = "It waits for a reviewer.", body = RequestedAccess)))]
pub(super) async fn request(
    State(service): State<Service>,
    command: StrangersCommand,
) -> Result<Response, Problem> {
    let (caller, address, body) = command.json()?;
    service.answered("request_access", service.commands.request_access(&caller, address, body).await)
}

/// List access requests.
///
/// For reviewers. Name, e-mail address and purpose are gone once the person is forgotten.
#[utoipa::path(get, path = "/v1/access-requests", operation_id = "listAccessRequests", tag = "access-requests",
    params(Requests),
    responses((status = 200, description = "A page of requests, oldest first.", body = List<AccessRequest>)))]
pub(super) async fn list(
    State(service): State<Service>,
    read: Reading<Requests>,
) -> Result<Response, Problem> {
    let Requests { limit, cursor, state } = read.query;
    let listing = Listing::new(limit, cursor);
    // A cursor goes on in the list that it is from.
    let name = format!("access_requests {}", state.map_or("", AccessState::as_str));
    let (after, limit) = (listing.after(&name)?, listing.limit()?);
    let reader = service.reach(read.min_position, &[&AccessRequests]).await?;
    service.reflected(&List::of(&name, access_requests::list(&reader, state, after, limit).await?))
}

/// Approve or reject an access request.
///
/// For reviewers, once. An approval registers the company as a third-party organization, and its integration instance.
#[utoipa::path(post, path = "/v1/access-requests/{id}/decision", operation_id = "decideAccess",
    tag = "access-requests",
    params(("id" = Uuid, Path, description = "The request's id.")),
    request_body = AccessDecision,
    responses((status = 200, description = "It is decided.", body = DecidedAccess)))]
pub(super) async fn decide(
    State(service): State<Service>,
    Id(request_id): Id,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    let decided = service.commands.decide_access(&caller, AccessRequestId(request_id), body).await;
    service.answered("decide_access", decided)
}
