//! The projections, for operators.

use axum::{extract::State, http::HeaderMap, response::Response};
use chancery_views::{
    At,
    admin::{self, Projection},
};

use super::super::{
    Service,
    authenticate::Bearer,
    command::Command,
    list::List,
    path::NameOf,
    problem::Problem,
    projections::{Of, live, wants_live},
    reading::Reading,
};
use crate::commands::Because;

/// List the projections.
///
/// For operators. How each is at this moment, seen from the log's head: one that nobody works on falls behind, and is said
/// to be `stopped`. With `Accept: text/event-stream` an event `projections` every second and whenever a state changes.
#[utoipa::path(get, path = "/v1/projections", operation_id = "listProjections", tag = "projections",
    responses((status = 200, description = "All of them, by name.", content(
        (List<Projection> = "application/json"),
        (List<Projection> = "text/event-stream"),
    ))))]
pub(super) async fn list(
    State(service): State<Service>,
    headers: HeaderMap,
    axum::Extension(bearer): axum::Extension<Bearer>,
    read: Reading,
) -> Result<Response, Problem> {
    service.reached(read.min_position).await?;
    if wants_live(&headers) {
        return live(service, bearer, None).await;
    }
    let At { position, value: items } = admin::projections(&service.journal).await?;
    service.reflected(&At { position, value: List { items, next_cursor: None } })
}

/// Show a projection.
///
/// For operators. With `Accept: text/event-stream` an event `projection` every second and whenever its state changes.
#[utoipa::path(get, path = "/v1/projections/{name}", operation_id = "getProjection", tag = "projections",
    params(("name" = String, Path, description = "The projection's name.")),
    responses((status = 200, description = "The projection.", content(
        (Projection = "application/json"),
        (Projection = "text/event-stream"),
    ))))]
pub(super) async fn show(
    State(service): State<Service>,
    NameOf(name): NameOf,
    headers: HeaderMap,
    axum::Extension(bearer): axum::Extension<Bearer>,
    read: Reading,
) -> Result<Response, Problem> {
    service.asked(name.as_str(), read.min_position).await?;
    if wants_live(&headers) {
        return live(service, bearer, Some(name.to_string())).await;
    }
    let found = service.projection(name.as_str()).await?;
    service.tagged(&found, found.value.stream_version)
}

/// Pause a projection.
///
/// For operators. Nothing is applied until it is resumed; reads go on and fall behind.
#[utoipa::path(post, path = "/v1/projections/{name}/pause", operation_id = "pauseProjection", tag = "projections",
    params(("name" = String, Path, description = "The projection's name.")),
    request_body = Option<Because>,
    responses(
        (status = 200, description = "It is paused.", body = Projection),
        (status = 202, description = "It will be: nobody has carried it out yet.", body = Projection),
    ))]
pub(super) async fn pause(
    State(service): State<Service>,
    NameOf(name): NameOf,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.perhaps::<Because>()?;
    let paused = service.commands.pause_projection(&caller, name, body).await;
    service.operated("pause_projection", Of::Projection, paused).await
}

/// Resume a projection.
///
/// For operators.
#[utoipa::path(post, path = "/v1/projections/{name}/resume", operation_id = "resumeProjection", tag = "projections",
    params(("name" = String, Path, description = "The projection's name.")),
    request_body = Option<Because>,
    responses(
        (status = 200, description = "It goes on.", body = Projection),
        (status = 202, description = "It will: nobody has carried it out yet.", body = Projection),
    ))]
pub(super) async fn resume(
    State(service): State<Service>,
    NameOf(name): NameOf,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.perhaps::<Because>()?;
    let resumed = service.commands.resume_projection(&caller, name, body).await;
    service.operated("resume_projection", Of::Projection, resumed).await
}

/// Promote a rebuild.
///
/// For operators. Readers see the build of the rebuild that has caught up, whatever the comparison found; the one before is
/// kept. Where it is promoted already, nothing changes.
#[utoipa::path(post, path = "/v1/projections/{name}/promote", operation_id = "promoteProjection", tag = "projections",
    params(("name" = String, Path, description = "The projection's name.")),
    request_body = Option<Because>,
    responses(
        (status = 200, description = "It is asked for. `rebuild` says `promoted` once readers see it.", body = Projection),
        (status = 202, description = "It will be: nobody has carried it out yet.", body = Projection),
    ))]
pub(super) async fn promote(
    State(service): State<Service>,
    NameOf(name): NameOf,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.perhaps::<Because>()?;
    let promoted = service.commands.promote_projection(&caller, name, body).await;
    service.operated("promote_projection", Of::Projection, promoted).await
}

/// Roll a projection back.
///
/// For operators. Readers see the build again that was live before. Once more, and they see the later one.
#[utoipa::path(post, path = "/v1/projections/{name}/rollback", operation_id = "rollBackProjection", tag = "projections",
    params(("name" = String, Path, description = "The projection's name.")),
    request_body = Option<Because>,
    responses(
        (status = 200, description = "It is asked for. `builds` says which one is live.", body = Projection),
        (status = 202, description = "It will be: nobody has carried it out yet.", body = Projection),
    ))]
pub(super) async fn roll_back(
    State(service): State<Service>,
    NameOf(name): NameOf,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.perhaps::<Because>()?;
    let back = service.commands.roll_back_projection(&caller, name, body).await;
    service.operated("roll_back_projection", Of::Projection, back).await
}

/// Drop the build that was live before.
///
/// For operators. Nothing can be rolled back to it any more.
#[utoipa::path(delete, path = "/v1/projections/{name}/former-build", operation_id = "dropFormerBuild", tag = "projections",
    params(("name" = String, Path, description = "The projection's name.")),
    responses(
        (status = 200, description = "It is, or is being dropped.", body = Projection),
        (status = 202, description = "It will be: nobody has carried it out yet.", body = Projection),
    ))]
pub(super) async fn drop_former_build(
    State(service): State<Service>,
    NameOf(name): NameOf,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    let dropped = service.commands.drop_former_build(&caller, name).await;
    service.operated("drop_former_build", Of::Projection, dropped).await
}
