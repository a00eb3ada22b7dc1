//! Usage (rule 31): what a meter tells, over NATS and by `POST /v1/usage`, as the same JSON.
//!
//! A meter is a **source**: a process that counts calls, with an id of its own (a UUID of version 7, made anew when the process
//! starts). It merges what it counted, at most a minute of it, into a [`UsageBatch`] and numbers its batches 1, 2, 3 …
//! with no gap, so that whoever adds them up knows what he has seen and what he misses. A batch that is sent again has
//! the same number and says the same; a number never says two things.
//!
//! Units, wherever usage is told: latencies are microseconds, sizes are bytes, times are RFC 3339, spans are half open
//! (`from` belongs to it, `to` does not).

mod batch;
mod check;
mod dimensions;
mod sketch;

pub use batch::{StatusClass, UsageBatch, UsageItem};
pub use check::BatchError;
pub use dimensions::{ALLOWED, Dimensions};
pub use sketch::Sketch;
