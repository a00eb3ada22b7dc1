//! What ends a consumer, and what is only tried again.

use std::error::Error;

use chancery_wire::{DecodeError, Position};

use crate::FeedError;

/// Why a consumer ended. None of them gets well by itself: what to do, the text says.
#[derive(Debug, thiserror::Error)]
pub enum ConsumerError {
    /// Another log ([`FeedError::OtherLog`], [`FeedError::CutOff`]): what was derived is worth nothing, and is dropped
    /// with its checkpoint before the consumer is started again. Or a gap that nothing fills.
    #[error("the events cannot be followed any further")]
    Feed(#[from] FeedError),
    /// The events before it are handled.
    #[error(
        "the event at position {position} cannot be read by this build: build against a newer chancery-sdk, want only \
         the types that are known, or pass over the others"
    )]
    Unreadable { position: Position, source: DecodeError },
    /// The handler said so: [`Failure::stop`].
    #[error("the handler gave up after position {after}")]
    Handler { after: Position, source: Box<dyn Error + Send + Sync> },
}

/// Why a handler failed. Any error becomes one by `?`, and is tried again; [`Self::stop`] is not.
#[derive(Debug)]
pub struct Failure {
    pub(super) error: Box<dyn Error + Send + Sync>,
    pub(super) is_final: bool,
}

impl Failure {
    /// Trying again would not help: the consumer ends with [`ConsumerError::Handler`].
    pub fn stop(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { error: error.into(), is_final: true }
    }

    /// The same is tried again, after a while.
    pub fn again(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { error: error.into(), is_final: false }
    }
}

// As `anyhow` has it: no error itself, so that every error can become one.
impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::again(error)
    }
}
