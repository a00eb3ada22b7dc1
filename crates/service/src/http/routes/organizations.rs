//! Organizations, which the platform registers.

use axum::{extract::State, response::Response};
use chancery_views::directory::{Directory, Organization, organizations};

use super::super::{
    Service,
    command::Command,
    list::{List, Listing},
    problem::Problem,
    reading::Reading,
};
use crate::commands::RegisterOrganization;

/// List organizations.
///
/// For the platform.
#[utoipa::path(get, path = "/v1/organizations", operation_id = "listOrganizations", tag = "organizations",
    params(Listing),
    responses((status = 200, description = "A page of organizations, oldest first.", body = List<Organization>)))]
pub(super) async fn list(
    State(service): State<Service>,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let (after, limit) = (read.query.after("organizations")?, read.query.limit()?);
    let reader = service.reach(read.min_position, &[&Directory]).await?;
    service.reflected(&List::of("organizations", organizations(&reader, after, limit).await?))
}

/// Register an organization.
///
/// For the platform. A third party comes with its integration instance, a customer with its customer id.
#[utoipa::path(post, path = "/v1/organizations", operation_id = "registerOrganization", tag = "organizations",
    request_body = RegisterOrganization,
    responses((status = 201, description = "It is registered.", body = Organization)))]
pub(super) async fn register(State(service): State<Service>, command: Command) -> Result<Response, Problem> {
    let (caller, body) = command.creating()?;
    service.answered("register_organization", service.commands.register_organization(&caller, body).await)
}
