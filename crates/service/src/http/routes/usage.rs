//! Usage (rule 31): told by gateways, reported to developers, tenants' admins and the platform.

use axum::{
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
};
use chancery_domain::Environment;
use chancery_views::{
    Page,
    apps::Apps,
    connections::{Connections, for_tenant, of_app},
};
use uuid::Uuid;

use super::{
    super::{
        Service,
        list::{List, Listing},
        path::{Id, InstanceOf},
        problem::Problem,
        reading::Reading,
        request_error::RequestError,
        usage::{self, BatchDocument, BatchTaken, Form, UsageGrant, UsageQuery, UsageReport},
    },
    app_connections::shown,
    apps, tenant_connections,
};
use crate::usage::report::Scope;

/// Tell what was called.
///
/// For gateways that count by themselves. Batches of one process count in the order of their numbers, each once: one that
/// is sent again is answered 202 and changes nothing, one that leaves a gap is refused with `sequence_gap` and the
/// number that is `expected`.
#[utoipa::path(post, path = "/v1/usage", operation_id = "tellUsage", tag = "usage",
    request_body = BatchDocument,
    responses((status = 202, description = "It is counted, now or before.", body = BatchTaken)))]
pub(super) async fn tell(State(service): State<Service>, request: Request) -> Result<Response, Problem> {
    let answer = usage::taken(&service, request).await;
    service.metrics.commands.count("tell_usage", answer.as_ref().map_or_else(Problem::code, |_| "accepted"));
    answer
}

/// Report the usage of an app.
///
/// For its developers and for auditors. `Accept: text/csv` gets the page as CSV, with `Chancery-Complete-Until` and
/// `Chancery-Next-Cursor`.
#[utoipa::path(get, path = "/v1/apps/{app}/usage", operation_id = "getAppUsage", tag = "usage",
    params(("app" = Uuid, Path, description = "The app's id."), UsageQuery),
    responses((status = 200, description = "A page of the report.",
        content((UsageReport = "application/json"), (String = "text/csv")))))]
pub(super) async fn of_app_calls(
    State(service): State<Service>,
    Id(app_id): Id,
    headers: HeaderMap,
    read: Reading<UsageQuery>,
) -> Result<Response, Problem> {
    let reader = service.reach(read.min_position, &[&Apps]).await?;
    let position = apps::visible(&reader, &read.principal, app_id).await?;
    usage::report(&service, Scope::App(app_id), &read.query, Form::of(&headers), position).await
}

/// Show what an app uses of what it was granted.
///
/// For its developers and for auditors: for each of its connections that stands, the scopes and secrets with their
/// first and last use, and the scopes that were never used.
#[utoipa::path(get, path = "/v1/apps/{app}/usage/grants", operation_id = "listAppGrants", tag = "usage",
    params(("app" = Uuid, Path, description = "The app's id."), Listing),
    responses((status = 200, description = "A page of connections that stand, by tenant.", body = List<UsageGrant>)))]
pub(super) async fn of_app_grants(
    State(service): State<Service>,
    Id(app_id): Id,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let after: Option<chancery_views::Instance> = read.query.after("app_grants")?;
    let limit = read.query.limit()?;
    if let Some(after) = &after {
        Environment::parse(&after.environment).map_err(|_| RequestError::CursorInvalid)?;
    }
    let views = [&Apps as &dyn chancery_views::View, &Connections];
    let reader = service.reach(read.min_position, &views).await?;
    apps::visible(&reader, &read.principal, app_id).await?;
    let found = of_app(&reader, app_id, after.as_ref(), limit).await?;
    let (position, Page { items, next }) = (found.position, found.value);
    let items = usage::grants(&service, items).await?;
    service.reflected(&List::of("app_grants", chancery_views::At { position, value: Page { items, next } }))
}

/// Report the usage at a tenant.
///
/// For the tenant's admins and for auditors: of all apps. `Accept: text/csv` gets the page as CSV, with
/// `Chancery-Complete-Until` and `Chancery-Next-Cursor`.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/{environment}/usage", operation_id = "getTenantUsage", tag = "usage",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        UsageQuery,
    ),
    responses((status = 200, description = "A page of the report.",
        content((UsageReport = "application/json"), (String = "text/csv")))))]
pub(super) async fn at_tenant(
    State(service): State<Service>,
    InstanceOf(instance): InstanceOf,
    headers: HeaderMap,
    read: Reading<UsageQuery>,
) -> Result<Response, Problem> {
    tenant_connections::visible(&read.principal, &instance)?;
    let position = service.reached(read.min_position).await?;
    usage::report(&service, Scope::Instance(instance), &read.query, Form::of(&headers), position).await
}

/// Show what apps use of what a tenant granted.
///
/// For the tenant's admins and for auditors: for each app that is connected, the scopes and secrets with their first and
/// last use, and the scopes that were never used.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/{environment}/usage/grants", operation_id = "listTenantGrants",
    tag = "usage",
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        Listing,
    ),
    responses((status = 200, description = "A page of connections that stand, by app.", body = List<UsageGrant>)))]
pub(super) async fn at_tenant_grants(
    State(service): State<Service>,
    InstanceOf(instance): InstanceOf,
    read: Reading<Listing>,
) -> Result<Response, Problem> {
    let (after, limit): (Option<Uuid>, usize) = (read.query.after("tenant_grants")?, read.query.limit()?);
    tenant_connections::visible(&read.principal, &instance)?;
    let reader = service.reach(read.min_position, &[&Connections]).await?;
    let found = for_tenant(&reader, &shown(&instance), after, limit).await?;
    let (position, Page { items, next }) = (found.position, found.value);
    let connections = items.into_iter().map(|app| app.connection).collect();
    let items = usage::grants(&service, connections).await?;
    service
        .reflected(&List::of("tenant_grants", chancery_views::At { position, value: Page { items, next } }))
}

/// Report all usage.
///
/// For the platform. `Accept: text/csv` gets the page as CSV, with `Chancery-Complete-Until` and
/// `Chancery-Next-Cursor`.
#[utoipa::path(get, path = "/v1/usage", operation_id = "getUsage", tag = "usage", params(UsageQuery),
    responses((status = 200, description = "A page of the report.",
        content((UsageReport = "application/json"), (String = "text/csv")))))]
pub(super) async fn all(
    State(service): State<Service>,
    headers: HeaderMap,
    read: Reading<UsageQuery>,
) -> Result<Response, Problem> {
    let position = service.reached(read.min_position).await?;
    usage::report(&service, Scope::All, &read.query, Form::of(&headers), position).await
}
