//! Projections on HTTP: how they are read, and how a command waits for what it asked for.

mod answer;
mod live;

pub(super) use answer::Of;
pub(super) use live::{live, wants_live};
