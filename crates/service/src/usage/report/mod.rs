//! Reports: what was called, by any dimensions, in order of time.

mod ask;
mod dimension;
mod metrics;
mod read;
mod sql;

pub use ask::{Ask, Scope};
pub use dimension::{Dimension, Value};
pub use metrics::Metrics;
pub use read::{Cursor, Report, ReportRow};
