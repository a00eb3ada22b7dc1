//! What was looked at is not what it ought to be: an answer, not a failure to give one.

use std::{error::Error, fmt};

/// Exit code 2: what was asked for cannot be, whatever there is.
#[derive(Debug)]
pub(crate) struct Misuse(pub(crate) String);

/// Exit code 3.
#[derive(Debug)]
pub(crate) struct Difference(pub(crate) String);

/// Exit code 4: nothing is broken, and somebody should look.
#[derive(Debug)]
pub(crate) struct Warnings(pub(crate) String);

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Misuse {}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Difference {}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Warnings {}

/// That somebody wrote into the tables of a projection.
pub(crate) fn changed_by_others(projection: &str) -> String {
    format!("{projection}: the rows are not those that the engine wrote")
}

/// That a shard of a projection was not given what the log has for it: so many events, or others.
pub(crate) fn given_others(projection: &str, shard: i32, given: u64, logged: u64) -> String {
    if given == logged {
        format!(
            "{projection}: shard {shard} was given other events than the log has for it, as many: {logged}"
        )
    } else {
        format!("{projection}: shard {shard} was given {given} events, the log has {logged} for it")
    }
}

/// That a shard of a projection stands where the log has yet to get to.
pub(crate) fn past_the_end(projection: &str, shard: i32, position: u64, end: u64) -> String {
    format!("{projection}: shard {shard} stands at {position}, the log ends at {end}")
}
