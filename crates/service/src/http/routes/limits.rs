//! Limits that the platform sets case by case.

use axum::{extract::State, response::Response};
use chancery_domain::AppId;

use super::super::{
    Service,
    command::Command,
    path::{AppAndInstance, InstanceAndReport},
    problem::Problem,
};
use crate::commands::{RateLimitAnswer, SetRateLimit};

/// Set an app's limit at a tenant.
///
/// For the platform. It is about everything but reports, holds at every gate at once, and may be set before the
/// tenant connects. `null` is the usual limit again: 60 calls in any second.
#[utoipa::path(put, path = "/v1/apps/{app}/tenants/{tenant}/{environment}/rate-limit", operation_id = "setRateLimit",
    tag = "limits", request_body = Option<SetRateLimit>,
    params(
        ("app" = Uuid, Path, description = "The app's id."),
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
    ),
    responses((status = 200, description = "The limit that holds.", body = RateLimitAnswer)))]
pub(super) async fn set(
    State(service): State<Service>,
    AppAndInstance(app, instance): AppAndInstance,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    let answer = service.commands.set_app_limit(&caller, AppId(app), instance, body).await;
    service.answered("set_rate_limit", answer)
}

/// Set a report's limit at a tenant.
///
/// For the platform. It counts whichever app calls, and holds at every gate at once. `null` is the usual limit again:
/// 5 calls in any minute.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/{environment}/reports/{report}/rate-limit",
    operation_id = "setReportRateLimit", tag = "limits", request_body = Option<SetRateLimit>,
    params(
        ("tenant" = u64, Path, description = "The tenant's id."),
        ("environment" = String, Path, description = "The environment's name."),
        ("report" = String, Path, description = "The report's id, as it stands in the path of a call."),
    ),
    responses((status = 200, description = "The limit that holds.", body = RateLimitAnswer)))]
pub(super) async fn set_for_report(
    State(service): State<Service>,
    InstanceAndReport(instance, report): InstanceAndReport,
    command: Command,
) -> Result<Response, Problem> {
    let (caller, body) = command.json()?;
    let answer = service.commands.set_report_limit(&caller, instance, report, body).await;
    service.answered("set_report_rate_limit", answer)
}
