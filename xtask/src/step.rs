//! Progress of a task: a spinner while a step runs, a line when it is done.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

/// Runs `work` under a spinner that says `doing`.
pub(crate) fn step<T>(doing: &str, work: impl FnOnce(&ProgressBar) -> Result<T>) -> Result<T> {
    let style =
        ProgressStyle::with_template("{spinner} {msg} ({elapsed})").context("the template of the spinner")?;
    let spinner = ProgressBar::new_spinner().with_style(style).with_message(doing.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));
    let begin = Instant::now();
    let result = work(&spinner);
    spinner.finish_and_clear();
    if result.is_ok() {
        say("done", &format!("{doing} ({:.1} s)", begin.elapsed().as_secs_f32()));
    }
    result.with_context(|| doing.to_owned())
}

/// One line of the task's account.
pub(crate) fn say(what: &str, text: &str) {
    println!("{what:>9}  {text}");
}
