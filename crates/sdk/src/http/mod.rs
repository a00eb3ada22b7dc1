//! The log over HTTP: for what the stream does not have, and for who has no NATS.

mod api;
mod error;
mod heads;
mod live;
mod log;
mod page;

pub use api::Api;
pub use error::ApiError;
pub use log::HttpLog;

pub(crate) use api::Answer;
pub(crate) use heads::{Head, Listener};
