//! The devkit against the real servers.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod nats;
mod owner;
mod postgres;
mod raw_nats;
mod test_db;

use std::time::{Duration, Instant};

/// Waits until `what` holds, at most 15 seconds.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether the process runs; one that only waits to be reaped does not.
fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
