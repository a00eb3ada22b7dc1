//! A second opinion on the rules: DESIGN §2 as plain tables of facts, written without a look at `decide`.
//!
//! [`Facts::carry_out`] says what a command must lead to, and [`Facts::see`] what everybody may read afterwards. Things
//! are numbered in the order in which they came about, so the model knows neither ids nor events nor streams: the
//! domain's functions and the whole system are compared with the same model, each through its own translation of
//! numbers.
//!
//! Where several rules object to a command, any of them may be the one that is told; but what the caller may not see is
//! told like what does not exist, whatever else is wrong.

#![allow(
    unused_imports,
    reason = "two crates compare themselves with the model, each with a part of its words"
)]

mod words;

mod command;
mod resolve;
mod strategy;

mod facts;
mod rules;
mod seen;

pub use command::{By, Command, Named, Pick, Side, Verdict};
pub use facts::{Facts, Mode, Pair};
pub use rules::Expected;
pub use seen::{
    LastDecline, Review, Seen, SeenApp, SeenConnection, SeenGrant, SeenGroup, SeenSecret, Standing,
    difference,
};
pub use strategy::{commands, commands_of_groups};
pub use words::{Environment, Place, SCOPES, STRANGER, Scopes};
