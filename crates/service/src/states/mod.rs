//! Folded streams: what a decision looks at. Kept in memory by stream and version, so that a command on a known
//! stream reads nothing; the append says whether what was known is still true.

mod load;
mod seen;
mod state;

pub(crate) use load::{LoadError, States};
pub(crate) use seen::{Missing, Seen};
pub(crate) use state::{Folded, State};
