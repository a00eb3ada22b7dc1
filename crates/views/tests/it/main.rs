//! The views on a real Postgres, fed from a real log.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod events;
mod world;

mod apps;
mod connections;
mod directory;
mod versions;

mod freshness;
mod plans;
mod rebuild;
mod runner;
mod switch;
