//! What becomes of a batch, and what can go wrong.

use chancery_journal::JournalError;
use chancery_wire::usage::BatchError;
use jiff::Timestamp;
use uuid::Uuid;

/// What became of a batch.
#[derive(Debug)]
pub enum Outcome {
    /// It was counted.
    Applied,
    /// It had been counted before. Nothing changed.
    Duplicate,
    /// Batches before it are missing, and it may not leave a gap. Nothing changed.
    Gap {
        /// The first that is missing.
        expected: u64,
    },
    /// It says what cannot be. Nothing changed, and sending it again changes nothing.
    Refused(Refusal),
}

/// Why a batch is not counted.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Invalid(#[from] BatchError),
    #[error("what was called before {earliest} is counted no more")]
    TooOld { earliest: Timestamp },
    #[error("what will be called after {latest} cannot have been counted")]
    Future { latest: Timestamp },
    #[error("an app that was called is not in the log")]
    AppsUnknown { app_ids: Vec<Uuid> },
}

/// The tables of usage could not be used.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    #[error("the tables of usage cannot be reached")]
    Journal(#[from] JournalError),
    #[error("{action} failed")]
    Query { action: &'static str, source: tokio_postgres::Error },
}

impl UsageError {
    pub(super) fn query(action: &'static str) -> impl Fn(tokio_postgres::Error) -> Self {
        move |source| Self::Query { action, source }
    }
}
