//! Those of reading views, as they are and as they were.

use axum::http::StatusCode;
use chancery_views::{Behind, ReadError};

use super::{super::problem::Problem, LATER, SOON};

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Connection { .. } => Self::down("the views are out of reach", &error),
            ReadError::Query { ref source, .. } => Self::database("reading a view failed", source, &error),
            ReadError::Unavailable { view } => Self::unavailable(
                "view_unavailable",
                format_args!("Try again in a moment: the view {view} is being made."),
                SOON,
            ),
            ReadError::Parked { view, key, position } => {
                let detail = format_args!(
                    "Ask an operator to retry or skip event {position}, which the projection {view} could not apply: \
                     until then {key} cannot be read. See GET /v1/projections/{view}/dead-letters."
                );
                let problem = Self::unavailable("projection_parked", detail, LATER);
                problem.with("projection", view).with("key", key).with("position", position.get())
            }
            ReadError::Behind(behind) => behind.into(),
            ReadError::Log { source, .. } => source.into(),
            ReadError::TooMuch { .. } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "too_much_history",
                "Ask for fewer items at once, or use chancery replay: this is made of more events than an answer may \
                 take.",
            ),
            ReadError::Busy { .. } => {
                Self::busy("Try again in a moment: as many answers of the past are being made as may be.")
            }
            ReadError::NoTables { ref source, .. } => {
                tracing::error!(%source, "reading as of a moment needs temporary tables");
                let detail = "Ask whoever runs the database to let chancery_app make temporary tables: GRANT TEMPORARY \
                              ON DATABASE. Without them only the present can be read.";
                Self::unavailable("past_unavailable", detail, LATER)
            }
            ReadError::Timeless { .. } => Self::internal("what has no past was asked as of a moment", &error),
        }
    }
}

impl From<Behind> for Problem {
    fn from(error: Behind) -> Self {
        Self::behind(error.view, error.wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_past_that_costs_too_much_is_refused_and_one_too_many_may_come_again() {
        let problem = Problem::from(ReadError::TooMuch { view: "connections" });
        assert_eq!(
            (problem.status(), problem.code()),
            (StatusCode::UNPROCESSABLE_ENTITY, "too_much_history")
        );
        assert!(problem.headers().is_empty(), "asking again is of no use");
        let problem = Problem::from(ReadError::Busy { view: "connections" });
        assert_eq!((problem.status(), problem.code()), (StatusCode::SERVICE_UNAVAILABLE, "busy"));
        assert!(problem.headers().contains_key("retry-after"));
    }
}
