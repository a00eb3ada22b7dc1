//! The rules of DESIGN §2, each as given/when/then. A test's name begins with the number of its rule.

#![allow(
    clippy::unwrap_used,
    reason = "fixtures are test code too, which clippy.toml's exception does not see"
)]

mod fixtures;
mod world;

mod access;
mod catalog;
mod organizations;
mod people;
mod tenants;
mod tokens;

mod creation;
mod deletion;
mod details;
mod listings;
mod review;
mod scopes;
mod tunneling;
mod unlisting;

mod consent;
mod endings;
mod limits;
mod pauses;
mod revoked_secrets;
mod revoked_tokens;
mod secrets;
mod upgrades;

mod group_consent;
mod group_secrets;
mod groups;
mod networks;

mod operations;

mod against_model;
mod histories;
mod model;
mod properties;
mod refusals;
mod streams;
mod values;
