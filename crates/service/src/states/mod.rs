//! Folded streams: what a decision looks at. Kept in memory by stream and version, so that a command on a known
//! stream reads nothing; the append says whether what was known is still true.
//!
//! A decision may also look at something that no single stream says: the tenants that an app is listed for. That is
//! read from the log, and looking at it is all that a decision has to do: the append's condition follows from it.

mod listed;
mod load;
mod seen;
mod state;

pub(crate) use listed::Listed;
pub(crate) use load::{LoadError, States};
pub(crate) use seen::{Missing, Seen};
pub(crate) use state::{Folded, State};
