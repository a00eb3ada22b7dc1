//! The views on a real Postgres, fed from a real log.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod events;
mod like_apps;
mod operated;
mod story;
mod sum;
mod world;

mod access_requests;
mod apps;
mod connections;
mod directory;
mod ending;
mod hub;
mod versions;

mod backlog;
mod cost;
mod freshness;
mod operations;
mod past;
mod plans;
mod poison;
mod proof;
mod rebuild;
mod rebuilds;
mod rollback;
mod runner;
mod sharing;
mod switch;
