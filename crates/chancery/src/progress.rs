//! Progress of long work, for who sits before it.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error where that is a terminal, and nothing elsewhere.
pub(crate) fn bar(what: &'static str, all: u64) -> ProgressBar {
    let bar = ProgressBar::new(all).with_message(what);
    let style = "{msg} {bar:40} {human_pos}/{human_len} {per_sec} {eta}";
    ProgressStyle::with_template(style).map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}
