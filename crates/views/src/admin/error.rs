//! Why there is no answer.

use chancery_journal::JournalError;

/// The engine's tables could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("no connection to read the tables of the projection engine")]
    Connection(#[from] JournalError),
    #[error("reading the tables of the projection engine failed")]
    Query(#[from] tokio_postgres::Error),
}
