//! The write side and every network surface.
//!
//! A command walks from `http` to `commands`, where its streams' folded `states` are read, the domain decides,
//! and the journal appends; there it ends: no NATS. Reads go from `http` to the views. `translate` is the only
//! place where the domain meets the wire. `events` shows what the log holds,
//! to people too. `gate` is the log folded in memory, and `connect` issues the tokens that it
//! decides on. `explain` tells from the log why it decides so, at any moment.

pub mod auth;
pub mod commands;
pub mod connect;
pub mod doors;
pub mod events;
pub mod explain;
pub mod gate;
pub mod http;
pub mod ops;
pub mod sources;
pub mod usage;

mod states;
mod translate;
