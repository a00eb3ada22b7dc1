//! The views on a real Postgres, fed from a real log.

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
