//! What can go wrong here.

use std::time::Duration;

/// The log could not be read or set up.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the database URL is not usable")]
    Url(#[source] tokio_postgres::Error),
    #[error("no connection to the log's database")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error("{action} failed")]
    Query { action: &'static str, source: tokio_postgres::Error },
    #[error("migrating the log's database failed")]
    Migration(#[from] refinery::Error),
}

impl JournalError {
    pub(crate) fn query(action: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| Self::Query { action, source }
    }
}

/// Why a command did not enter the log.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A stream that the command touches has moved on: read it again, decide again.
    #[error("a stream that the command wrote or guarded has another version")]
    Conflict,
    /// The command id stands in the log already: its stored answer is the answer.
    #[error("the command id was seen before")]
    Duplicate,
    /// A mistake of the caller, found before anything was sent: a version would be made up.
    #[error("the command states a stream's version twice, or not at all for a stream that it writes")]
    Touches,
    /// The queue in front of the log is full.
    #[error("more commands are waiting than the log can take; try again in {retry_after:?}")]
    Busy { retry_after: Duration },
    /// The log was not reachable before the deadline. The command may have entered it: ask again by its id.
    #[error("the log was not reachable in time, the command's outcome is unknown")]
    Unknown,
    /// Postgres refused the command's content, for example a character that it cannot store.
    #[error("the log refused the command's content")]
    Refused(#[source] tokio_postgres::Error),
    /// The appender is shutting down.
    #[error("the appender is shutting down")]
    Closed,
}
