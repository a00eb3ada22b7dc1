//! Why there is no gate.

use chancery_gate::{RestoreError, verify::JwksError};

use crate::ApiError;

/// A gate could not start. Nothing of it is left; start it again.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("the copy of the gate cannot be used")]
    Copy(#[from] RestoreError),
    #[error("the published keys cannot be used")]
    Keys(#[from] JwksError),
}
