//! Why a command has no answer of its own.

use std::time::Duration;

use chancery_domain::{Invalid, Refusal};
use chancery_journal::{AppendError, JournalError};
use chancery_views::admin::AdminError;

use crate::states::LoadError;

/// One field of the request that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer into the body.
    pub pointer: String,
    pub source: Invalid,
}

/// A command was not carried out, or it is not known whether it was.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Values of the body are not what their fields hold.
    #[error("fields of the request are invalid")]
    Invalid(Vec<FieldError>),
    /// Absent, or not for the caller to see.
    #[error("there is no such thing, or it is not yours to see")]
    NotFound,
    /// `If-Match` names another version.
    #[error("the thing was changed since it was read; it is at version {current}")]
    PreconditionFailed { current: u64 },
    #[error("the idempotency key was used for another request")]
    KeyReused,
    #[error("the same command is being carried out at this moment")]
    InFlight,
    /// The state changed under the command again and again, or too many commands wait.
    #[error("too many commands at once")]
    Busy { retry_after: Duration },
    #[error("it is not known whether the command was carried out")]
    OutcomeUnknown,
    #[error("the log cannot be read")]
    Load(#[from] LoadError),
    #[error("the table of people cannot be written")]
    People(#[source] tokio_postgres::Error),
    #[error("the table of admissions cannot be used")]
    Admissions(#[source] tokio_postgres::Error),
    /// From one sender.
    #[error("too many access requests come from one address")]
    TooManyRequests { retry_after: Duration },
    #[error("too many access requests wait for a decision")]
    AccessRequestsFull { retry_after: Duration },
    #[error("how the projection is cannot be read")]
    Projections(#[from] AdminError),
    #[error("an event is larger than 256 KiB")]
    EventTooLarge,
    #[error("the log did not take the command")]
    Append(#[source] AppendError),
}

impl From<JournalError> for CommandError {
    fn from(error: JournalError) -> Self {
        Self::Load(error.into())
    }
}
