//! Third parties' public apps before they are visible (rule 12).

use axum::{extract::State, response::Response};
use chancery_domain::AppId;
use chancery_views::apps::{App, Apps, awaiting_review};

use super::super::{
    Service,
    command::Command,
    list::{List, Listing},
    path::Id,
    problem::Problem,
    reading::Reading,
};
use crate::commands::ReviewDecision;

/// List apps that await review.
///
/// For reviewers.
#[utoipa::path(get, path = "/v1/reviews", operation_id = "listReviews", tag = "reviews", params(Listing),
    responses((status = 200, description = "A page of apps, the longest waiting first.", body = List<App>)))]
pub(super) async fn list(
    State(service): State<Service>,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let (after, limit) = (read.query.after("reviews")?, read.query.limit()?);
    let reader = service.reach(read.min_position, &[&Apps]).await?;
    service.reflected(&List::of("reviews", awaiting_review(&reader, after, limit).await?))
}

/// Approve or reject an app.
///
/// For reviewers. An approval holds for ever: new tenants, scopes and versions never need it again.
#[utoipa::path(post, path = "/v1/apps/{app}/review", operation_id = "reviewApp", tag = "reviews",
    params(("app" = Uuid, Path, description = "The app's id.")),
    request_body = ReviewDecision,
    responses((status = 200, description = "It is decided.", body = App)))]
pub(super) async fn decide(
    State(service): State<Service>,
    Id(app_id): Id,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    service.answered("review_app", service.commands.review_app(&caller, AppId(app_id), body).await)
}

/// Ask for a review again.
///
/// For the developers of an app that was rejected, once it is corrected. Nothing changes while it waits.
#[utoipa::path(post, path = "/v1/apps/{app}/review-requests", operation_id = "requestReview", tag = "reviews",
    params(("app" = Uuid, Path, description = "The app's id.")),
    responses((status = 200, description = "It waits for a reviewer.", body = App)))]
pub(super) async fn request(
    State(service): State<Service>,
    Id(app_id): Id,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    service.answered("request_review", service.commands.request_review(&caller, AppId(app_id)).await)
}
