//! The rules of the domain (DESIGN §2), as pure functions.
//!
//! Every aggregate is a module with a `State`, an `evolve` that folds one event into it, and one `decide`
//! function per command, named by the command's verb. Deciding answers with the events to append, none when
//! nothing changes, or with a [`Refusal`].
//!
//! Invariants: nothing here performs I/O, reads a clock, draws a random number or knows an encoding. Time,
//! ids and entropy arrive as data; SHA-256 arrives computed. Who may act (role, organization, tenant) is
//! settled before; what a rule needs of it arrives in the command. `facts` are the states of other streams
//! that a decision read: whoever appends its events guards the versions of those streams.

mod values;

mod event;
mod invalid;
mod refusal;
mod stream;

pub mod access;
pub mod catalog;
pub mod organization;
pub mod person;
pub mod tenant;
pub mod token;

pub mod app;
pub mod connection;
pub mod credential;
pub mod limit;
pub mod listing;
pub mod tunneling;

pub mod group;
pub mod network;

pub mod projection;

pub use event::*;
pub use invalid::Invalid;
pub use refusal::{Kind, Refusal};
pub use stream::StreamName;
pub use values::*;

/// What a decision answers: the events to append, in order, each to its own [`Event::stream`].
pub type Decision = Result<Vec<Event>, Refusal>;
