//! A tenant's connections, from its admin's side.

use axum::{extract::State, response::Response};
use chancery_domain::{AppId, Instance, Role, SecretId};
use chancery_views::connections::{Connection, Connections, ListedApp, for_tenant, listed_app};

use super::{
    super::{
        Service,
        answer::found,
        at::{AsOf, ListingAsOf, list_at},
        command::Command,
        list::List,
        path::{InstanceAndApp, InstanceAppAndSecret, InstanceOf},
        problem::Problem,
        reading::Reading,
        request_error::RequestError,
    },
    app_connections::shown,
};
use crate::{
    auth::Principal,
    commands::{
        ConnectionAnswer, DecideConnection, DecideUpgrade, GenerateSecret, GeneratedSecret, RevokedSecret,
    },
};

/// List the apps that a tenant can connect.
///
/// For the tenant's admins and for auditors: every app that is visible to it, with its connection.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/{environment}/apps", operation_id = "listTenantApps",
    tag = "tenant connections",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        ListingAsOf,
    ),
    responses((status = 200, description = "A page of apps, oldest first.", body = List<ListedApp>)))]
pub(super) async fn apps(
    State(service): State<Service>,
    InstanceOf(instance): InstanceOf,
    read: Reading<ListingAsOf>,
) -> Result<Response, Problem> {
    visible(&read.principal, &instance)?;
    let moment = service.moment(&read).await?;
    let (list, listing) = (list_at("tenant_apps", moment), read.query.listing());
    let (after, limit) = (listing.after(&list)?, listing.limit()?);
    let reader = service.reader(&read, moment, &[&Connections]).await?;
    service.reflected(&List::of(&list, for_tenant(&reader, &shown(&instance), after, limit).await?))
}

/// Allow or decline an app.
///
/// For the tenant's admins. Allowing connects the app at the version that was seen, and issues the secret where
/// the tenant's admin manages its credentials: it is in this answer and nowhere else.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/{environment}/connections", operation_id = "decideConnection",
    tag = "tenant connections",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
    ),
    request_body = DecideConnection,
    responses((status = 201, description = "It is decided.", body = ConnectionAnswer)))]
pub(super) async fn decide(
    State(service): State<Service>,
    InstanceOf(instance): InstanceOf,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    service.answered("decide_connection", service.commands.decide_connection(&caller, instance, body).await)
}

/// Read a tenant's connection to an app.
///
/// For the tenant's admins and for auditors.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/{environment}/connections/{app}",
    operation_id = "getTenantConnection", tag = "tenant connections",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        ("app" = Uuid, Path, description = "The app's id."),
        AsOf,
    ),
    responses((status = 200, description = "The connection.", body = Connection)))]
pub(super) async fn show(
    State(service): State<Service>,
    InstanceAndApp(instance, app_id): InstanceAndApp,
    read: Reading<AsOf>,
) -> Result<Response, Problem> {
    visible(&read.principal, &instance)?;
    let moment = service.moment(&read).await?;
    let reader = service.reader(&read, moment, &[&Connections]).await?;
    let app = found(listed_app(&reader, &shown(&instance), app_id).await?)?;
    let connection = app.map(|app| app.connection);
    service.tagged(&connection, connection.value.stream_version)
}

/// Allow or decline an upgrade.
///
/// For the tenant's admins. Allowing brings the scopes of the latest version into play; declining keeps those
/// that were granted. No new secret is needed.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/{environment}/connections/{app}/upgrade",
    operation_id = "decideUpgrade", tag = "tenant connections",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        ("app" = Uuid, Path, description = "The app's id."),
    ),
    request_body = DecideUpgrade,
    responses((status = 200, description = "It is decided.", body = ConnectionAnswer)))]
pub(super) async fn decide_upgrade(
    State(service): State<Service>,
    InstanceAndApp(instance, app_id): InstanceAndApp,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    let answer = service.commands.decide_upgrade(&caller, instance, AppId(app_id), body).await;
    service.answered("decide_upgrade", answer)
}

/// Pause a connection.
///
/// For the tenant's admins. Its tokens stop at once; its credential survives. Pausing again changes nothing.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/{environment}/connections/{app}/disable",
    operation_id = "disableConnection", tag = "tenant connections",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        ("app" = Uuid, Path, description = "The app's id."),
    ),
    responses((status = 200, description = "It is disabled.", body = ConnectionAnswer)))]
pub(super) async fn disable(
    State(service): State<Service>,
    InstanceAndApp(instance, app_id): InstanceAndApp,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    let answer = service.commands.disable_connection(&caller, instance, AppId(app_id)).await;
    service.answered("disable_connection", answer)
}

/// Resume a connection.
///
/// For the tenant's admins. It goes on at the same version with the same credential; tokens issued before the pause
/// stay dead. Resuming again changes nothing.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/{environment}/connections/{app}/restore",
    operation_id = "restoreConnection", tag = "tenant connections",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        ("app" = Uuid, Path, description = "The app's id."),
    ),
    responses((status = 200, description = "It is connected.", body = Connection)))]
pub(super) async fn restore(
    State(service): State<Service>,
    InstanceAndApp(instance, app_id): InstanceAndApp,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    let answer = service.commands.restore_connection(&caller, instance, AppId(app_id)).await;
    service.answered("restore_connection", answer)
}

/// End a connection.
///
/// For the tenant's admins. It and its tokens are revoked; a new consent mints a new client id.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/{environment}/connections/{app}",
    operation_id = "disconnect", tag = "tenant connections",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        ("app" = Uuid, Path, description = "The app's id."),
    ),
    responses((status = 200, description = "It is revoked.", body = Connection)))]
pub(super) async fn disconnect(
    State(service): State<Service>,
    InstanceAndApp(instance, app_id): InstanceAndApp,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    let answer = service.commands.disconnect(&caller, instance, AppId(app_id)).await;
    service.answered("disconnect", answer)
}

/// Generate a secret as the tenant's admin.
///
/// For the tenant's admins, where they manage the app's credentials. The secret is in this answer and nowhere
/// else; the one before goes on working for a while.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/{environment}/connections/{app}/secrets",
    operation_id = "generateSecretAsTenant", tag = "tenant connections",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        ("app" = Uuid, Path, description = "The app's id."),
    ),
    request_body = GenerateSecret,
    responses((status = 201, description = "It is valid from now on.", body = GeneratedSecret)))]
pub(super) async fn generate_secret(
    State(service): State<Service>,
    InstanceAndApp(instance, app_id): InstanceAndApp,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    let answer = service.commands.generate_secret_for_tenant(&caller, instance, AppId(app_id), body).await;
    service.answered("generate_secret", answer)
}

/// Revoke a secret as the tenant's admin.
///
/// For the tenant's admins, where they manage the app's credentials. It opens nothing from now on, and the tokens
/// issued on it stop at once. Revoking again changes nothing.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/{environment}/connections/{app}/secrets/{secret}",
    operation_id = "revokeSecretAsTenant", tag = "tenant connections",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        ("app" = Uuid, Path, description = "The app's id."),
        ("secret" = Uuid, Path, description = "The secret's id."),
    ),
    responses((status = 200, description = "It is revoked.", body = RevokedSecret)))]
pub(super) async fn revoke_secret(
    State(service): State<Service>,
    InstanceAppAndSecret(instance, app_id, secret_id): InstanceAppAndSecret,
    command: Command,
) -> Result<Response, Problem> {
    let caller = command.bare()?;
    let (app_id, secret_id) = (AppId(app_id), SecretId(secret_id));
    let answer = service.commands.revoke_secret_for_tenant(&caller, instance, app_id, secret_id).await;
    service.answered("revoke_secret", answer)
}

/// Hides an instance that the bearer does not decide for.
pub(super) fn visible(principal: &Principal, instance: &Instance) -> Result<(), RequestError> {
    let own = principal.decides_for(instance.tenant_id, &instance.environment);
    if own || principal.role == Role::Auditor { Ok(()) } else { Err(RequestError::NotFound) }
}
