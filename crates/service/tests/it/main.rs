//! The service on a real Postgres, called over a real connection.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod call;
mod cast;
mod held;
mod logs;
mod redact;
mod server;
mod sse;

mod openapi;
mod walk;

mod authentication;
mod roles;
mod visibility;

mod bad_bodies;
mod bad_headers;
mod bad_values;
mod conflicts;
mod idempotency;

mod freshness;
mod lists;

mod events;
mod live;

mod operations;
mod secrets;
mod shutdown;
