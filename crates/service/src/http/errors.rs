//! Which status, code and words every error of the service has on HTTP. Nothing else decides that.

mod explain;
mod usage;
mod views;

use std::{error::Error, time::Duration};

use axum::http::{
    HeaderValue, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use chancery_domain::{Kind, Refusal};
use chancery_gate::Denial;
use chancery_journal::{AppendError, JournalError, MomentError};
use chancery_views::admin::AdminError;
use chancery_wire::Position;

use super::{
    header,
    problem::{FieldProblem, Problem},
    request_error::RequestError,
};
use crate::{
    auth::AuthError,
    commands::{CommandError, FieldError},
    states::LoadError,
};

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        use RequestError as E;
        let (status, code) = match &error {
            E::RouteUnknown => (StatusCode::NOT_FOUND, "route_unknown"),
            E::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            E::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            E::RoleForbidden { .. } => (StatusCode::FORBIDDEN, "role_forbidden"),
            E::QueryInvalid { .. } => (StatusCode::BAD_REQUEST, "query_invalid"),
            E::LimitInvalid { .. } => (StatusCode::BAD_REQUEST, "limit_invalid"),
            E::CursorInvalid => (StatusCode::BAD_REQUEST, "cursor_invalid"),
            E::IdempotencyKeyInvalid => (StatusCode::BAD_REQUEST, "idempotency_key_invalid"),
            E::IfMatchInvalid => (StatusCode::BAD_REQUEST, "if_match_invalid"),
            E::IfMatchUnexpected => (StatusCode::BAD_REQUEST, "if_match_unexpected"),
            E::MinPositionInvalid => (StatusCode::BAD_REQUEST, "min_position_invalid"),
            E::LastEventIdInvalid => (StatusCode::BAD_REQUEST, "last_event_id_invalid"),
            E::PositionUnknown { .. } => (StatusCode::BAD_REQUEST, "position_unknown"),
            E::AtInvalid => (StatusCode::BAD_REQUEST, "at_invalid"),
            E::AtNotAllowed => (StatusCode::FORBIDDEN, "at_not_allowed"),
            E::TimeUnknown => (StatusCode::BAD_REQUEST, "time_unknown"),
            E::ContentTypeUnsupported => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type_unsupported"),
            E::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            E::BodySlow { .. } => (StatusCode::REQUEST_TIMEOUT, "body_slow"),
            E::BodyBroken => (StatusCode::BAD_REQUEST, "body_broken"),
            E::JsonMalformed { .. } => (StatusCode::BAD_REQUEST, "json_malformed"),
            E::FieldUnknown { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "field_unknown"),
            E::FieldInvalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "field_invalid"),
            E::GateElsewhere => (StatusCode::SERVICE_UNAVAILABLE, "gate_elsewhere"),
            E::ForwardedInvalid => (StatusCode::BAD_REQUEST, "forwarded_invalid"),
            E::TimedOut { .. } => (StatusCode::SERVICE_UNAVAILABLE, "timed_out"),
        };
        let problem = Self::new(status, code, &error);
        match error {
            E::FieldUnknown { pointer, .. } | E::FieldInvalid { pointer, .. } => problem.at(pointer),
            _ => problem,
        }
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Unknown => Self::unauthenticated(),
            AuthError::Unavailable(error) => error.into(),
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::Invalid(errors) => invalid(errors),
            CommandError::NotFound => RequestError::NotFound.into(),
            CommandError::PreconditionFailed { current } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "precondition_failed",
                "Read it again and decide on that: it has changed since the version that If-Match names.",
            )
            .with("current_version", current),
            CommandError::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "Choose a fresh Idempotency-Key: this one was used for another request.",
            ),
            CommandError::InFlight => Self::new(
                StatusCode::CONFLICT,
                "command_in_flight",
                "Wait for the answer to the same command, which is being carried out at this moment.",
            ),
            CommandError::Busy { retry_after } => {
                Self::unavailable("busy", "Try again in a moment: too many commands at once.", retry_after)
            }
            CommandError::TooManyRequests { retry_after } => Self::too_many(
                "too_many_requests",
                "Ask again later: too many access requests came from your address within an hour.",
                retry_after,
            ),
            CommandError::AccessRequestsFull { retry_after } => Self::too_many(
                "access_requests_full",
                "Ask again later: as many access requests wait for a decision as can.",
                retry_after,
            ),
            CommandError::OutcomeUnknown => Self::unavailable(
                "outcome_unknown",
                "Send the command again with the same Idempotency-Key to learn what became of it.",
                SOON,
            ),
            CommandError::EventTooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "event_too_large",
                "Send less in one command: an event holds at most 256 KiB.",
            ),
            CommandError::Append(AppendError::Refused(source)) => {
                tracing::warn!(error = chain(&source), "the log refused a command's content");
                Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "content_refused",
                    "Remove characters that cannot be stored.",
                )
            }
            CommandError::Append(error) => Self::down("appending a command failed", &error),
            CommandError::Load(error) => error.into(),
            CommandError::People(error) => {
                Self::database("writing the table of people failed", &error, &error)
            }
            CommandError::Projections(error) => error.into(),
            CommandError::Admissions(error) => {
                Self::database("using the table of admissions failed", &error, &error)
            }
        }
    }
}

impl From<MomentError> for Problem {
    fn from(error: MomentError) -> Self {
        match error {
            MomentError::AfterHead { head, .. } => RequestError::PositionUnknown { head }.into(),
            MomentError::ToCome { .. } => RequestError::TimeUnknown.into(),
            MomentError::Journal(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind() {
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            // The same as what the caller may not see.
            Kind::NotFound => return RequestError::NotFound.into(),
            Kind::Conflict => StatusCode::CONFLICT,
        };
        let problem = Self::new(status, refusal.code(), &refusal);
        match refusal {
            Refusal::VersionStale { latest } => problem.with("latest_version", latest.get()),
            Refusal::AlreadyConnected { granted } | Refusal::UpgradeNotOffered { granted } => {
                problem.with("granted_version", granted.get())
            }
            Refusal::TenantUnknown { tenant_ids } => {
                problem.with("tenant_ids", tenant_ids.iter().map(|id| id.get()).collect::<Vec<_>>())
            }
            Refusal::ScopeUnknown { scopes } => problem
                .with("scopes", scopes.iter().map(ToString::to_string).collect::<Vec<_>>())
                .at("/scopes"),
            Refusal::ScopesMissing => problem.at("/scopes"),
            Refusal::EnvironmentsMissing => problem.at("/environments"),
            Refusal::ReasonMissing | Refusal::SkipReasonMissing => problem.at("/reason"),
            Refusal::RebuildRunning { rebuild_id } | Refusal::RebuildNotReady { rebuild_id } => {
                problem.with("rebuild_id", rebuild_id.to_string())
            }
            Refusal::DeadLetterWaits { position } => problem.with("position", position),
            Refusal::TenantMissing | Refusal::TenantUnexpected => problem.at("/tenant"),
            Refusal::TokenExpiryPast => problem.at("/expires_at"),
            Refusal::CatalogInvalid { problems } => {
                let field = |problem: chancery_domain::catalog::Problem| FieldProblem {
                    pointer: problem.pointer,
                    detail: problem.detail,
                    code: "catalog_invalid".to_owned(),
                };
                problem.errors(problems.into_iter().map(field).collect())
            }
            _ => problem,
        }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Journal(error) => error.into(),
            error @ (LoadError::Decode { .. } | LoadError::Translate { .. } | LoadError::Unusable { .. }) => {
                Self::internal("an event of the log cannot be understood", &error)
            }
        }
    }
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        match &error {
            JournalError::Query { source, .. } => Self::database("reading the log failed", source, &error),
            _ => Self::down("the log is out of reach", &error),
        }
    }
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        match &error {
            AdminError::Connection(_) => {
                Self::down("the tables of the projection engine are out of reach", &error)
            }
            AdminError::Query(source) => {
                Self::database("reading the tables of the projection engine failed", source, &error)
            }
        }
    }
}

/// When to come back, where nobody knows better.
const SOON: Duration = Duration::from_secs(1);

/// When to come back where somebody has to do something first.
const LATER: Duration = Duration::from_secs(30);

impl Problem {
    /// One for all: which token is unknown, expired or revoked is nobody's business.
    pub(super) fn unauthenticated() -> Self {
        let detail = "Send a bearer token that is valid: Authorization: Bearer <token>.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// A call that the gate refused: the gate says its status. Beside 401 stands how to say who one is (RFC 6750 §3).
    pub(super) fn denied(denial: &Denial, detail: impl std::fmt::Display) -> Self {
        let status = StatusCode::from_u16(denial.status()).unwrap_or(StatusCode::FORBIDDEN);
        let problem = Self::new(status, denial.code(), detail);
        match denial {
            Denial::AppKeyMissing | Denial::AppUnknown | Denial::TokenMissing => {
                problem.header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
            }
            Denial::TokenInvalid | Denial::TokenExpired | Denial::TokenCutOff => {
                let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                problem.header(WWW_AUTHENTICATE, challenge)
            }
            Denial::ScopeMissing(held) => {
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", held.scope);
                match HeaderValue::from_str(&challenge) {
                    Ok(challenge) => problem.header(WWW_AUTHENTICATE, challenge),
                    Err(_) => problem,
                }
            }
            Denial::Stale => problem.header(RETRY_AFTER, SOON.as_secs()),
            Denial::ReportLimited(quota) | Denial::RateLimited(quota) => {
                problem.header(RETRY_AFTER, header::seconds(quota.retry_after))
            }
            _ => problem,
        }
    }

    /// What is read does not reflect the position that it must.
    pub(super) fn behind(view: &str, wanted: Position) -> Self {
        let detail =
            format_args!("Try again in a moment: the view {view} has not reached position {wanted} yet.");
        Self::unavailable("projection_behind", detail, SOON)
    }

    /// As many are at it as may be.
    pub(super) fn busy(detail: &str) -> Self {
        Self::unavailable("busy", detail, SOON)
    }

    /// A bug of ours: logged with all that is known, answered with none of it.
    pub(super) fn internal(what: &'static str, error: &dyn Error) -> Self {
        tracing::error!(error = chain(error), "{what}");
        Self::bare(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What stands for an answer that has a status and nothing more.
    pub(super) fn bare(status: StatusCode) -> Self {
        if status.is_client_error() {
            Self::new(status, "request_invalid", "Send a request as /openapi.json describes it.")
        } else {
            let detail =
                "Report the traceId to whoever runs this service: it failed in a way that it should not.";
            Self::new(status, "internal", detail)
        }
    }

    fn too_many(code: &'static str, detail: &str, retry_after: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail)
            .header(RETRY_AFTER, retry_after.as_secs().max(1))
    }

    fn unavailable(code: &'static str, detail: impl std::fmt::Display, retry_after: Duration) -> Self {
        let seconds = retry_after.as_secs().max(1);
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).header(RETRY_AFTER, seconds)
    }

    /// Something that we need is away.
    fn down(what: &'static str, error: &dyn Error) -> Self {
        tracing::warn!(error = chain(error), "{what}");
        Self::unavailable("unavailable", "Try again in a moment: the database is out of reach.", SOON)
    }

    /// A statement failed: the server said no, which is a bug, or it went away.
    fn database(what: &'static str, source: &tokio_postgres::Error, error: &dyn Error) -> Self {
        // 08: connection, 53: resources, 57: operator intervention, such as a shutdown.
        let passes = |code: &str| matches!(code.get(..2), Some("08" | "53" | "57"));
        match source.code() {
            Some(state) if !passes(state.code()) => Self::internal(what, error),
            _ => Self::down(what, error),
        }
    }
}

/// One code where one thing is wrong; all of them are in `errors`.
fn invalid(errors: Vec<FieldError>) -> Problem {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let problem = match errors.as_slice() {
        [only] => Problem::new(status, only.source.code(), &only.source),
        _ => Problem::new(status, "fields_invalid", "Correct the fields that errors names."),
    };
    let field = |error: FieldError| FieldProblem {
        pointer: error.pointer,
        detail: error.source.to_string(),
        code: error.source.code().to_owned(),
    };
    problem.errors(errors.into_iter().map(field).collect())
}

/// An error with its sources, in one line.
fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        line.push_str(": ");
        line.push_str(&error.to_string());
        source = error.source();
    }
    line
}
