//! A tenant's connections, from its admin's side.

use axum::{extract::State, response::Response};
use chancery_domain::{AppId, Instance, Role};
use chancery_views::connections::{Connection, Connections, ListedApp, for_tenant, listed_app};

use super::{
    super::{
        Service,
        answer::found,
        command::Command,
        list::{List, Listing},
        path::{InstanceAndApp, InstanceOf},
        problem::Problem,
        reading::Reading,
        request_error::RequestError,
    },
    app_connections::shown,
};
use crate::{
    auth::Principal,
    commands::{ConnectionAnswer, DecideConnection, DecideUpgrade, GenerateSecret, GeneratedSecret},
};

/// Who may read a tenant's connections: its own admins, and auditors any.
const READERS: [Role; 2] = [Role::TenantAdmin, Role::Auditor];

/// List the apps that a tenant can connect.
///
/// For the tenant's admins and for auditors: every app that is visible to it, with its connection.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/{environment}/apps", operation_id = "listTenantApps",
    tag = "tenant connections",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        Listing,
    ),
    responses((status = 200, description = "A page of apps, oldest first.", body = List<ListedApp>)))]
pub(super) async fn apps(
    State(service): State<Service>,
    InstanceOf(instance): InstanceOf,
    reading: Reading<Listing>,
) -> Result<Response, Problem> {
    let read = reading.allow(&READERS)?;
    let (after, limit) = (read.query.after("tenant_apps")?, read.query.limit()?);
    visible(&read.principal, &instance)?;
    let reader = service.reach(read.min_position, &[&Connections]).await?;
    service.reflected(&List::of("tenant_apps", for_tenant(&reader, &shown(&instance), after, limit).await?))
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
    let (caller, body) = command.json(Role::TenantAdmin)?;
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
    ),
    responses((status = 200, description = "The connection.", body = Connection)))]
pub(super) async fn show(
    State(service): State<Service>,
    InstanceAndApp(instance, app_id): InstanceAndApp,
    reading: Reading,
) -> Result<Response, Problem> {
    let read = reading.allow(&READERS)?;
    visible(&read.principal, &instance)?;
    let reader = service.reach(read.min_position, &[&Connections]).await?;
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
    let (caller, body) = command.json(Role::TenantAdmin)?;
    let answer = service.commands.decide_upgrade(&caller, instance, AppId(app_id), body).await;
    service.answered("decide_upgrade", answer)
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
    let (caller, body) = command.json(Role::TenantAdmin)?;
    let answer = service.commands.generate_secret_for_tenant(&caller, instance, AppId(app_id), body).await;
    service.answered("generate_secret", answer)
}

/// Hides an instance that the bearer does not decide for.
fn visible(principal: &Principal, instance: &Instance) -> Result<(), RequestError> {
    let own = principal.decides_for(instance.tenant_id, &instance.environment);
    if own || principal.role == Role::Auditor { Ok(()) } else { Err(RequestError::NotFound) }
}
