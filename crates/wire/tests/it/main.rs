//! What crosses a border stays as it is: the bytes of events, headers and subjects.

#![allow(
    clippy::unwrap_used,
    reason = "fixtures are test code too, which clippy.toml's exception does not see"
)]

mod schema;

mod asyncapi;
mod audit;
mod baseline;
mod canonical;
mod corpus;
mod headers;
mod messages;
mod registry;
mod subjects;
mod timestamps;
mod unknown;
mod usage;
