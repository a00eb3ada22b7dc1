//! Tenants, which the platform registers.

use axum::{extract::State, response::Response};
use chancery_views::directory::{Directory, Tenant, tenants};

use super::super::{
    Service,
    command::Command,
    list::{List, Listing},
    problem::Problem,
    reading::Reading,
};
use crate::commands::RegisterTenant;

/// List tenants.
///
/// For the platform.
#[utoipa::path(get, path = "/v1/tenants", operation_id = "listTenants", tag = "tenants", params(Listing),
    responses((status = 200, description = "A page of tenants, by id.", body = List<Tenant>)))]
pub(super) async fn list(
    State(service): State<Service>,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let (after, limit) = (read.query.after("tenants")?, read.query.limit()?);
    let reader = service.reach(read.min_position, &[&Directory]).await?;
    service.reflected(&List::of("tenants", tenants(&reader, after, limit).await?))
}

/// Register a tenant.
///
/// For the platform.
#[utoipa::path(post, path = "/v1/tenants", operation_id = "registerTenant", tag = "tenants",
    request_body = RegisterTenant,
    responses((status = 201, description = "It is registered.", body = Tenant)))]
pub(super) async fn register(State(service): State<Service>, command: Command) -> Result<Response, Problem> {
    let (caller, body) = command.creating()?;
    service.answered("register_tenant", service.commands.register_tenant(&caller, body).await)
}
