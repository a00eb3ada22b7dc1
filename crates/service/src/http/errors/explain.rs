//! Those of explanations.

use axum::http::StatusCode;

use super::super::{problem::Problem, request_error::RequestError};
use crate::explain::ExplainError;

impl From<ExplainError> for Problem {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::App(_) | ExplainError::Tenant(_) | ExplainError::Environment(..) => {
                Self::new(StatusCode::NOT_FOUND, "not_found", format_args!("Name what exists: {error}."))
            }
            ExplainError::Scope(_) => RequestError::QueryInvalid { reason: error.to_string() }.into(),
            ExplainError::Load(error) => error.into(),
        }
    }
}
