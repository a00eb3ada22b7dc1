//! What can go wrong here and passes by itself.

use std::error::Error;

use chancery_journal::JournalError;

/// The relay, or a question about its stream, could not go on for now. What does not pass by itself is a
/// [`crate::Refusal`].
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    #[error("{action} on NATS failed")]
    Nats { action: &'static str, source: Box<dyn Error + Send + Sync> },
    #[error("the log could not be read")]
    Journal(#[from] JournalError),
}

impl RelayError {
    pub(crate) fn nats<E>(action: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Error + Send + Sync + 'static,
    {
        move |source| Self::Nats { action, source: Box::new(source) }
    }
}
