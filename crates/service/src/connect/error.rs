//! What goes wrong, in the words of RFC 6749 §5.2, RFC 7009 §2.2 and RFC 6750 §3.1.

use std::time::Duration;

use super::keys::KeyError;
use crate::{commands::CommandError, states::LoadError};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("Correct the request: {0}.")]
    InvalidRequest(&'static str),
    /// Unknown, its secret wrong, disabled, revoked or deleted: which one is nobody's business.
    #[error("Send the id and a live secret of a client that is connected.")]
    InvalidClient,
    #[error("Use the grant type client_credentials.")]
    UnsupportedGrantType,
    #[error("Ask for scopes that the tenant granted, separated by spaces: none of these is.")]
    InvalidScope,
    /// The token is another client's.
    #[error("Revoke tokens of your own: this one was issued to another client.")]
    NotYours,
    #[error("Call with the token of a gateway, or with a client's own id and secret.")]
    InvalidToken,
    #[error("Wait, and then send the right secret: too many wrong ones came in.")]
    TooManyGuesses { retry_after: Duration },
    #[error("Try again shortly: the log cannot be read.")]
    Unavailable(#[from] LoadError),
    #[error("Try again shortly: the revocation cannot be recorded.")]
    NotRecorded(#[source] CommandError),
    #[error("Try again shortly: no key can sign.")]
    Unsigned(#[source] Option<KeyError>),
}

impl ConnectError {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::NotYours => "unauthorized_client",
            Self::InvalidToken => "invalid_token",
            Self::TooManyGuesses { .. } => "slow_down",
            Self::Unavailable(_) | Self::NotRecorded(_) => "temporarily_unavailable",
            Self::Unsigned(_) => "server_error",
        }
    }
}
