//! The gate, folded from events as the log has them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod log;

mod access;
mod aim;
mod catalog;
mod decisions;
mod grants;
mod limits;
mod overrides;
mod snapshot;
mod verify;
