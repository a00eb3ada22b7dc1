//! What can go wrong between here and the API.

use std::error::Error;

use chancery_wire::Position;
use uuid::Uuid;

/// The API did not answer as it should.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{0} is not the address of an API: it begins with http:// or https:// and has no query")]
    Address(String),
    #[error("the token is none: it has characters that no header may have")]
    Token,
    #[error("{action} failed")]
    Unreachable { action: &'static str, source: reqwest::Error },
    #[error("{action} was refused with status {status} ({code})")]
    Refused {
        action: &'static str,
        status: u16,
        /// Of the problem document; `unknown` where there is none.
        code: String,
    },
    #[error("{action} got an answer that makes no sense")]
    Malformed { action: &'static str, source: Box<dyn Error + Send + Sync> },
    #[error("{action} took too long")]
    Slow { action: &'static str },
    #[error("{action} got an answer of more than {most} bytes")]
    TooLong { action: &'static str, most: usize },
    #[error("the API has log {found} and not {expected}: drop what was derived from that one and begin anew")]
    OtherLog { expected: Uuid, found: Uuid },
    #[error(
        "the API's log ends at position {head}, and was read up to {read}: it was restored to an earlier point"
    )]
    CutOff { read: Position, head: Position },
}

impl ApiError {
    pub(crate) fn malformed(action: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Malformed { action, source: source.into() }
    }

    /// Whether the API refused with this code.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }
}
