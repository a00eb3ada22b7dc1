//! Rebuilds and verifications of projections, for operators.

use axum::{extract::State, response::Response};
use chancery_domain::RebuildId;
use chancery_views::{
    At,
    admin::{self, Rebuild, RebuildKey, Verification},
};

use super::super::{
    Service,
    command::Command,
    list::{List, Listing},
    path::{NameAndId, NameOf},
    problem::Problem,
    projections::Of,
    reading::Reading,
};
use crate::commands::{Because, RequestRebuild, ResumeRebuild};

/// Rebuild a projection.
///
/// For operators. Another build is filled from the log beside the live one, which serves on. One at a time.
#[utoipa::path(post, path = "/v1/projections/{name}/rebuild", operation_id = "rebuildProjection", tag = "projections",
    params(("name" = String, Path, description = "The projection's name.")),
    request_body = Option<RequestRebuild>,
    responses((status = 202, description = "It is asked for; `Location` is where to watch it.", body = Rebuild,
        headers(("Location" = String, description = "The rebuild.")))))]
pub(super) async fn begin(
    State(service): State<Service>,
    NameOf(name): NameOf,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.perhaps::<RequestRebuild>()?;
    let asked = service.commands.rebuild_projection(&caller, name, body).await;
    service.operated("rebuild_projection", Of::NewRebuild, asked).await
}

/// List a projection's rebuilds.
///
/// For operators.
#[utoipa::path(get, path = "/v1/projections/{name}/rebuilds", operation_id = "listRebuilds", tag = "projections",
    params(("name" = String, Path, description = "The projection's name."), Listing),
    responses((status = 200, description = "A page of rebuilds, newest first.", body = List<Rebuild>)))]
pub(super) async fn list(
    State(service): State<Service>,
    NameOf(name): NameOf,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let (after, limit) = (read.query.after::<RebuildKey>("rebuilds")?, read.query.limit()?);
    let position = service.asked(name.as_str(), read.min_position).await?;
    let value = admin::rebuilds(&service.journal, name.as_str(), after, limit).await?;
    service.reflected(&List::of("rebuilds", At { position, value }))
}

/// Show a rebuild.
///
/// For operators.
#[utoipa::path(get, path = "/v1/projections/{name}/rebuilds/{id}", operation_id = "getRebuild", tag = "projections",
    params(
        ("name" = String, Path, description = "The projection's name."),
        ("id" = Uuid, Path, description = "The rebuild's id."),
    ),
    responses((status = 200, description = "The rebuild.", body = Rebuild)))]
pub(super) async fn show(
    State(service): State<Service>,
    NameAndId(name, id): NameAndId,
    read: Reading,
) -> Result<Response, Problem> {
    let position = service.asked(name.as_str(), read.min_position).await?;
    let value = service.rebuild(name.as_str(), id).await?;
    service.reflected(&At { position, value })
}

/// Cancel a rebuild.
///
/// For operators. What it filled is dropped. One that was promoted is rolled back instead.
#[utoipa::path(post, path = "/v1/projections/{name}/rebuilds/{id}/cancel", operation_id = "cancelRebuild",
    tag = "projections",
    params(
        ("name" = String, Path, description = "The projection's name."),
        ("id" = Uuid, Path, description = "The rebuild's id."),
    ),
    request_body = Option<Because>,
    responses(
        (status = 200, description = "It is cancelled.", body = Rebuild),
        (status = 202, description = "It will be: nobody has carried it out yet.", body = Rebuild),
    ))]
pub(super) async fn cancel(
    State(service): State<Service>,
    NameAndId(name, id): NameAndId,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.perhaps::<Because>()?;
    let cancelled = service.commands.cancel_rebuild(&caller, name, RebuildId(id), body).await;
    service.operated("cancel_rebuild", Of::Rebuild, cancelled).await
}

/// Hold a rebuild.
///
/// For operators. It stays where it is until it is resumed.
#[utoipa::path(post, path = "/v1/projections/{name}/rebuilds/{id}/pause", operation_id = "pauseRebuild",
    tag = "projections",
    params(
        ("name" = String, Path, description = "The projection's name."),
        ("id" = Uuid, Path, description = "The rebuild's id."),
    ),
    request_body = Option<Because>,
    responses(
        (status = 200, description = "It is held.", body = Rebuild),
        (status = 202, description = "It will be: nobody has carried it out yet.", body = Rebuild),
    ))]
pub(super) async fn pause(
    State(service): State<Service>,
    NameAndId(name, id): NameAndId,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.perhaps::<Because>()?;
    let paused = service.commands.pause_rebuild(&caller, name, RebuildId(id), body).await;
    service.operated("pause_rebuild", Of::Rebuild, paused).await
}

/// Let a rebuild go on.
///
/// For operators. Perhaps at another pace, which one that goes on already also takes.
#[utoipa::path(post, path = "/v1/projections/{name}/rebuilds/{id}/resume", operation_id = "resumeRebuild",
    tag = "projections",
    params(
        ("name" = String, Path, description = "The projection's name."),
        ("id" = Uuid, Path, description = "The rebuild's id."),
    ),
    request_body = Option<ResumeRebuild>,
    responses(
        (status = 200, description = "It goes on.", body = Rebuild),
        (status = 202, description = "It will: nobody has carried it out yet.", body = Rebuild),
    ))]
pub(super) async fn resume(
    State(service): State<Service>,
    NameAndId(name, id): NameAndId,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.perhaps::<ResumeRebuild>()?;
    let resumed = service.commands.resume_rebuild(&caller, name, RebuildId(id), body).await;
    service.operated("resume_rebuild", Of::Rebuild, resumed).await
}

/// Verify a projection.
///
/// For operators. The log is folded anew, beside everything else, and compared with what readers see.
#[utoipa::path(post, path = "/v1/projections/{name}/verify", operation_id = "verifyProjection", tag = "projections",
    params(("name" = String, Path, description = "The projection's name.")),
    request_body = Option<Because>,
    responses((status = 202, description = "It is asked for; `Location` is where to watch it.", body = Verification,
        headers(("Location" = String, description = "The verification.")))))]
pub(super) async fn verify(
    State(service): State<Service>,
    NameOf(name): NameOf,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.perhaps::<Because>()?;
    let asked = service.commands.verify_projection(&caller, name, body).await;
    service.operated("verify_projection", Of::NewVerification, asked).await
}

/// Show a verification.
///
/// For operators.
#[utoipa::path(get, path = "/v1/projections/{name}/verifications/{id}", operation_id = "getVerification",
    tag = "projections",
    params(
        ("name" = String, Path, description = "The projection's name."),
        ("id" = Uuid, Path, description = "The verification's id."),
    ),
    responses((status = 200, description = "The verification.", body = Verification)))]
pub(super) async fn verification(
    State(service): State<Service>,
    NameAndId(name, id): NameAndId,
    read: Reading,
) -> Result<Response, Problem> {
    let position = service.asked(name.as_str(), read.min_position).await?;
    let value = service.verification(name.as_str(), id).await?;
    service.reflected(&At { position, value })
}
