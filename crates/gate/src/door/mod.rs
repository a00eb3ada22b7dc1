//! What every door to the gate has in common: how a call's credentials are read, and what is told of a decision.
//!
//! A door reads a [`DoorRequest`], has the token of its [`Question`] verified, asks the gate, and writes the
//! [`DoorAnswer`] down in its own way. So the same call gets the same answer at every door.

mod answer;
mod observer;
mod remedy;
mod request;

pub use answer::{Advice, DoorAnswer};
pub use observer::{Decided, Observer, Unobserved, Vouched};
pub use remedy::Remedy;
pub use request::{DoorRequest, Question, Sent};
