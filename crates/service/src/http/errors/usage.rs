//! Those of usage.

use axum::http::StatusCode;
use chancery_wire::usage::{BatchError, UsageBatch};
use tokio_postgres::error::SqlState;

use super::super::{problem::Problem, request_error::RequestError};
use crate::usage::{Refusal, UsageError};

impl From<UsageError> for Problem {
    fn from(error: UsageError) -> Self {
        match &error {
            UsageError::Journal(_) => Self::down("the tables of usage are out of reach", &error),
            UsageError::Query { source, .. } if source.code() == Some(&SqlState::QUERY_CANCELED) => {
                Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "report_too_large",
                    "Ask for less time, a coarser granularity or fewer dimensions: this report takes too long.",
                )
            }
            UsageError::Query { source, .. } => {
                Self::database("using the tables of usage failed", source, &error)
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        use Refusal as R;
        let unprocessable =
            |code, detail: &dyn std::fmt::Display| Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
        match refusal {
            R::Invalid(BatchError::Invalid { pointer, reason }) => {
                RequestError::FieldInvalid { pointer, reason: format!("it {reason}") }.into()
            }
            R::Invalid(BatchError::TooLarge { .. }) => {
                RequestError::BodyTooLarge { max: UsageBatch::MAX_BYTES }.into()
            }
            R::Invalid(BatchError::Json(error)) => {
                RequestError::JsonMalformed { reason: error.to_string() }.into()
            }
            R::TooOld { earliest } => {
                let detail =
                    format_args!("Leave it out: what was called before {earliest} is counted no more.");
                unprocessable("usage_too_old", &detail).at("/from")
            }
            R::Future { latest } => {
                let detail =
                    format_args!("Set the clock: what is called after {latest} cannot have been counted.");
                unprocessable("usage_in_future", &detail).at("/to")
            }
            R::AppsUnknown { app_ids } => {
                let app_ids: Vec<_> = app_ids.iter().map(ToString::to_string).collect();
                let detail = "Leave out the apps that app_ids names: there are none of those ids.";
                unprocessable("apps_unknown", &detail).with("app_ids", app_ids)
            }
        }
    }
}

impl Problem {
    /// Batches of usage are missing before the one that came.
    pub(in crate::http) fn sequence_gap(expected: u64) -> Self {
        let detail = format_args!("Send the batches from {expected} on first, in order: they have not come.");
        Self::new(StatusCode::CONFLICT, "sequence_gap", detail).with("expected", expected)
    }
}
