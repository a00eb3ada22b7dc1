//! The service on a real Postgres, called over a real connection.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod call;
mod cast;
mod held;
mod hub;
mod logs;
mod poison;
mod redact;
mod rules;
mod server;
mod sse;

mod openapi;
mod walk;

mod access;
mod apps;
mod people;
mod tunneling;

mod authentication;
mod matrix;
mod roles;
mod visibility;

mod bad_bodies;
mod bad_headers;
mod bad_values;
mod conflicts;
mod idempotency;

mod connect;

mod usage;

mod groups;
mod limits;
mod pausing;
mod revoking;
mod turns;

mod freshness;
mod lists;
mod past;

mod events;
mod explaining;
mod live;
mod searching;

mod races;

mod operations;
mod operators;
mod secrets;
mod shutdown;
mod slow;
