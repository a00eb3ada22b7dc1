//! What was looked at is not what it ought to be: an answer, not a failure to give one.

use std::{error::Error, fmt};

/// Exit code 3.
#[derive(Debug)]
pub(crate) struct Difference(pub(crate) String);

/// Exit code 4: nothing is broken, and somebody should look.
#[derive(Debug)]
pub(crate) struct Warnings(pub(crate) String);

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
