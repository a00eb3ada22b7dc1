//! Apps, as their developers and auditors see them.

use axum::{extract::State, response::Response};
use chancery_domain::{AppId, Refusal, Role};
use chancery_views::{
    Reader,
    apps::{self, App, Apps},
    versions::{self, AppVersion, Versions},
};
use chancery_wire::Position;
use uuid::Uuid;

use super::super::{
    Service,
    answer::found,
    at::{AsOf, ListingAsOf, list_at},
    command::Command,
    list::{List, Listing},
    path::{AppAndTenant, Id},
    problem::Problem,
    reading::Reading,
    request_error::RequestError,
};
use crate::{
    auth::Principal,
    commands::{AddTenants, CommandError, CreateApp, EditApp, EditScopes},
};

/// List the organization's apps.
///
/// For developers.
#[utoipa::path(get, path = "/v1/apps", operation_id = "listApps", tag = "apps", params(Listing),
    responses((status = 200, description = "A page of apps, oldest first.", body = List<App>)))]
pub(super) async fn list(
    State(service): State<Service>,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let organization_id = read.principal.organization_id.ok_or(RequestError::NotFound)?;
    let (after, limit) = (read.query.after("apps")?, read.query.limit()?);
    let reader = service.reach(read.min_position, &[&Apps]).await?;
    service
        .reflected(&List::of("apps", apps::of_organization(&reader, organization_id.0, after, limit).await?))
}

/// Create an app.
///
/// For developers. Issues the app key and version 1.
#[utoipa::path(post, path = "/v1/apps", operation_id = "createApp", tag = "apps", request_body = CreateApp,
    responses((status = 201, description = "It is created.", body = App)))]
pub(super) async fn create(State(service): State<Service>, command: Command) -> Result<Response, Problem> {
    let (caller, body) = command.creating()?;
    let created = service.commands.create_app(&caller, body).await;
    if let Err(CommandError::Refused(Refusal::CustomerTunneling { .. })) = &created {
        service.metrics.tunneling_attempts.inc();
    }
    service.answered("create_app", created)
}

/// Read an app.
///
/// For its developers and for auditors.
#[utoipa::path(get, path = "/v1/apps/{app}", operation_id = "getApp", tag = "apps",
    params(("app" = Uuid, Path, description = "The app's id."), AsOf),
    responses((status = 200, description = "The app.", body = App)))]
pub(super) async fn show(
    State(service): State<Service>,
    Id(app_id): Id,
    read: Reading<AsOf>,
) -> Result<Response, Problem> {
    let moment = service.moment(&read).await?;
    let reader = service.reader(&read, moment, &[&Apps]).await?;
    let app = found(apps::app(&reader, app_id).await?)?;
    sees(&read.principal, app.value.organization_id)?;
    service.tagged(&app, app.value.stream_version)
}

/// Edit an app.
///
/// For its developers: its name, homepage, visibility and who manages its credentials. What is left out stays.
#[utoipa::path(patch, path = "/v1/apps/{app}", operation_id = "editApp", tag = "apps",
    params(("app" = Uuid, Path, description = "The app's id.")),
    request_body = EditApp,
    responses((status = 200, description = "The app as it is now.", body = App)))]
pub(super) async fn edit(
    State(service): State<Service>,
    Id(app_id): Id,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    service.answered("edit_app", service.commands.edit_app(&caller, AppId(app_id), body).await)
}

/// Delete an app.
///
/// For its developers. Its key opens nothing from now on, and all its connections end.
#[utoipa::path(delete, path = "/v1/apps/{app}", operation_id = "deleteApp", tag = "apps",
    params(("app" = Uuid, Path, description = "The app's id.")),
    responses((status = 200, description = "The app as it was, with `deleted_at`.", body = App)))]
pub(super) async fn delete(
    State(service): State<Service>,
    Id(app_id): Id,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    service.answered("delete_app", service.commands.delete_app(&caller, AppId(app_id)).await)
}

/// Replace an app's scopes.
///
/// For its developers. Publishes the next version; the same scopes again publish nothing.
#[utoipa::path(put, path = "/v1/apps/{app}/scopes", operation_id = "editScopes", tag = "apps",
    params(("app" = Uuid, Path, description = "The app's id.")),
    request_body = EditScopes,
    responses((status = 200, description = "The app at its latest version.", body = App)))]
pub(super) async fn edit_scopes(
    State(service): State<Service>,
    Id(app_id): Id,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    service.answered("edit_scopes", service.commands.edit_scopes(&caller, AppId(app_id), body).await)
}

/// List an app for tenants.
///
/// For its developers. Makes it visible to them; grants nothing.
#[utoipa::path(post, path = "/v1/apps/{app}/tenants", operation_id = "addTenants", tag = "apps",
    params(("app" = Uuid, Path, description = "The app's id.")),
    request_body = AddTenants,
    responses((status = 200, description = "The app with its tenants counted anew.", body = App)))]
pub(super) async fn add_tenants(
    State(service): State<Service>,
    Id(app_id): Id,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    service.answered("add_tenants", service.commands.add_tenants(&caller, AppId(app_id), body).await)
}

/// Take an app back from a tenant.
///
/// For its developers. The tenant does not see it any more, and its connections are revoked.
#[utoipa::path(delete, path = "/v1/apps/{app}/tenants/{tenant}", operation_id = "removeTenant", tag = "apps",
    params(
        ("app" = Uuid, Path, description = "The app's id."),
        ("tenant" = u64, Path, description = "The tenant's id."),
    ),
    responses((status = 200, description = "The app.", body = App)))]
pub(super) async fn remove_tenant(
    State(service): State<Service>,
    AppAndTenant(app_id, tenant_id): AppAndTenant,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    let removed = service.commands.remove_tenant(&caller, AppId(app_id), tenant_id).await;
    service.answered("remove_tenant", removed)
}

/// Read an app's version history.
///
/// For its developers and for auditors.
#[utoipa::path(get, path = "/v1/apps/{app}/versions", operation_id = "listVersions", tag = "apps",
    params(("app" = Uuid, Path, description = "The app's id."), ListingAsOf),
    responses((status = 200, description = "A page of versions, newest first.", body = List<AppVersion>)))]
pub(super) async fn versions(
    State(service): State<Service>,
    Id(app_id): Id,
    read: Reading<ListingAsOf>,
) -> Result<Response, Problem> {
    let moment = service.moment(&read).await?;
    let (list, listing) = (list_at("versions", moment), read.query.listing());
    let (after, limit) = (listing.after(&list)?, listing.limit()?);
    let reader = service.reader(&read, moment, &[&Apps, &Versions]).await?;
    visible(&reader, &read.principal, app_id).await?;
    service.reflected(&List::of(&list, versions::of_app(&reader, app_id, after, limit).await?))
}

/// That there is such an app, and that the bearer may see it; as of which position.
pub(super) async fn visible(
    reader: &Reader,
    principal: &Principal,
    app_id: Uuid,
) -> Result<Position, Problem> {
    let organization_id = found(apps::organization_of(reader, app_id).await?)?;
    sees(principal, organization_id.value)?;
    Ok(organization_id.position)
}

/// Whether the bearer may see an organization's apps.
fn sees(principal: &Principal, organization_id: Uuid) -> Result<(), RequestError> {
    let own = principal.organization_id.is_some_and(|own| own.0 == organization_id);
    if own || principal.role == Role::Auditor { Ok(()) } else { Err(RequestError::NotFound) }
}
