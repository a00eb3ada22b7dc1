//! The system: the real binary between real servers, killed, frozen, run twice, cut off and stopped in order.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod call;
mod cast;
mod checks;
mod load;
mod process;
mod text;
mod world;

#[path = "../../../domain/tests/it/model/mod.rs"]
mod model;

mod against_model;
mod archive;
mod canary;
mod command_line;
mod counting;
mod doctor;
mod doors;
mod examples;
mod explaining;
mod forgetting;
mod freezing;
mod idempotency;
mod issuing;
mod killing;
mod log_command;
mod operating;
mod replaying;
mod restoring;
mod sealing;
mod searching;
mod several;
mod stopping;
mod traces;
mod usage;
mod without_nats;
mod without_postgres;
mod workers;

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long anything that must happen may take.
const DEADLINE: Duration = Duration::from_secs(15);

/// Waits for what nothing tells.
#[track_caller]
fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
