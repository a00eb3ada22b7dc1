//! The scope catalog: every role reads it, the platform publishes it.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header::IF_NONE_MATCH},
    response::Response,
};
use chancery_views::directory::{Directory, ScopeCatalog, scope_catalog};

use super::super::{Service, answer::found, command::Command, header, problem::Problem, reading::Reading};
use crate::commands::{CatalogSummary, PublishCatalog};

/// Read the scope catalog.
///
/// Every role may. Its `ETag` is good for `If-None-Match`: nothing but a publication changes it.
#[utoipa::path(get, path = "/v1/scope-catalog", operation_id = "getScopeCatalog", tag = "catalog", responses(
    (status = 200, description = "The catalog in force.", body = ScopeCatalog),
    (status = 304, description = "The catalog is the one that `If-None-Match` names."),
    (status = 404, description = "None is published yet."),
))]
pub(super) async fn show(
    State(service): State<Service>,
    headers: HeaderMap,
    read: Reading,
) -> Result<Response, Problem> {
    let reader = service.reach(read.min_position, &[&Directory]).await?;
    let catalog = found(scope_catalog(&reader).await?)?;
    let version = catalog.value.stream_version;
    let mut response = service.tagged(&catalog, version)?;
    let known = headers.get_all(IF_NONE_MATCH).iter().any(|known| *known == header::etag(version));
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = axum::body::Body::empty();
        response.headers_mut().remove(axum::http::header::CONTENT_TYPE);
    }
    Ok(response)
}

/// Publish the scope catalog.
///
/// For the platform. It replaces the one before. The same catalog again publishes nothing.
#[utoipa::path(put, path = "/v1/scope-catalog", operation_id = "publishScopeCatalog", tag = "catalog",
    request_body = PublishCatalog,
    responses((status = 200, description = "It is in force.", body = CatalogSummary)))]
pub(super) async fn publish(State(service): State<Service>, command: Command) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    service.answered("publish_catalog", service.commands.publish_catalog(&caller, body).await)
}
