//! An app's connections, from the developer's side.

use axum::{extract::State, response::Response};
use chancery_domain::{AppId, Environment, Instance, SecretId};
use chancery_views::{
    apps::Apps,
    connections::{Connection, Connections, connection, of_app},
};

use super::{
    super::{
        Service,
        answer::found,
        at::{AsOf, ListingAsOf, list_at},
        command::Command,
        list::List,
        path::{AppAndInstance, AppInstanceAndSecret, Id},
        problem::Problem,
        reading::Reading,
        request_error::RequestError,
    },
    apps::visible,
};
use crate::commands::{GenerateSecret, GeneratedSecret, RevokedSecret};

/// List an app's connections.
///
/// For its developers and for auditors: one for every tenant and environment that the app is listed for, also
/// where nobody decided yet.
#[utoipa::path(get, path = "/v1/apps/{app}/connections", operation_id = "listConnections", tag = "connections",
    params(("app" = Uuid, Path, description = "The app's id."), ListingAsOf),
    responses((status = 200, description = "A page of connections, by tenant.", body = List<Connection>)))]
pub(super) async fn list(
    State(service): State<Service>,
    Id(app_id): Id,
    read: Reading<ListingAsOf>,
) -> Result<Response, Problem> {
    let moment = service.moment(&read).await?;
    let (list, listing) = (list_at("app_connections", moment), read.query.listing());
    let after: Option<chancery_views::Instance> = listing.after(&list)?;
    let limit = listing.limit()?;
    if let Some(after) = &after {
        Environment::parse(&after.environment).map_err(|_| RequestError::CursorInvalid)?;
    }
    let reader = service.reader(&read, moment, &[&Apps, &Connections]).await?;
    visible(&reader, &read.principal, app_id).await?;
    service.reflected(&List::of(&list, of_app(&reader, app_id, after.as_ref(), limit).await?))
}

/// Read one connection of an app.
///
/// For its developers and for auditors.
#[utoipa::path(get, path = "/v1/apps/{app}/connections/{tenant}/{environment}", operation_id = "getConnection",
    tag = "connections",
    params(
        ("app" = Uuid, Path, description = "The app's id."),
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        AsOf,
    ),
    responses((status = 200, description = "The connection.", body = Connection)))]
pub(super) async fn show(
    State(service): State<Service>,
    AppAndInstance(app_id, instance): AppAndInstance,
    read: Reading<AsOf>,
) -> Result<Response, Problem> {
    let moment = service.moment(&read).await?;
    let reader = service.reader(&read, moment, &[&Apps, &Connections]).await?;
    visible(&reader, &read.principal, app_id).await?;
    let connection = found(connection(&reader, app_id, &shown(&instance)).await?)?;
    service.tagged(&connection, connection.value.stream_version)
}

/// Generate a secret.
///
/// For the app's developers, where they manage its credentials. The secret is in this answer and nowhere else;
/// the one before goes on working for a while.
#[utoipa::path(post, path = "/v1/apps/{app}/connections/{tenant}/{environment}/secrets",
    operation_id = "generateSecret", tag = "connections",
    params(
        ("app" = Uuid, Path, description = "The app's id."),
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
    ),
    request_body = GenerateSecret,
    responses((status = 201, description = "It is valid from now on.", body = GeneratedSecret)))]
pub(super) async fn generate_secret(
    State(service): State<Service>,
    AppAndInstance(app_id, instance): AppAndInstance,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    let answer = service.commands.generate_secret_for_developer(&caller, AppId(app_id), instance, body).await;
    service.answered("generate_secret", answer)
}

/// Revoke a secret.
///
/// For the app's developers, where they manage its credentials. It opens nothing from now on, and the tokens issued
/// on it stop at once. Revoking again changes nothing.
#[utoipa::path(delete, path = "/v1/apps/{app}/connections/{tenant}/{environment}/secrets/{secret}",
    operation_id = "revokeSecret", tag = "connections",
    params(
        ("app" = Uuid, Path, description = "The app's id."),
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        ("secret" = Uuid, Path, description = "The secret's id."),
    ),
    responses((status = 200, description = "It is revoked.", body = RevokedSecret)))]
pub(super) async fn revoke_secret(
    State(service): State<Service>,
    AppInstanceAndSecret(app_id, instance, secret_id): AppInstanceAndSecret,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    let (app_id, secret_id) = (AppId(app_id), SecretId(secret_id));
    let answer = service.commands.revoke_secret_for_developer(&caller, app_id, instance, secret_id).await;
    service.answered("revoke_secret", answer)
}

/// The instance as the views name it.
pub(super) fn shown(instance: &Instance) -> chancery_views::Instance {
    chancery_views::Instance {
        tenant_id: instance.tenant_id.get(),
        environment: instance.environment.as_str().to_owned(),
    }
}
