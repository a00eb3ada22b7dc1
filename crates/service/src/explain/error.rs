//! Why a question has no answer.

use chancery_domain::{AppId, Environment, Scope, TenantId};
use chancery_journal::JournalError;

use crate::states::LoadError;

/// What is asked about is nowhere in the log, or the log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    #[error("the log has no app {0}")]
    App(AppId),
    #[error("the log has no tenant {0}")]
    Tenant(TenantId),
    #[error("tenant {0} does not exist in {1}")]
    Environment(TenantId, Environment),
    #[error("no catalog and no version of the app has {0}")]
    Scope(Scope),
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl From<JournalError> for ExplainError {
    fn from(error: JournalError) -> Self {
        Self::Load(error.into())
    }
}
