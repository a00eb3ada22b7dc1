//! Bugs that are planted on purpose, one at a time, to see that the tests find them: `cargo xtask planted`. Where no
//! feature asks for one, and none ever does in what anybody runs, each of these says no.

#[cfg(all(
    not(debug_assertions),
    any(
        feature = "planted-dropped-event",
        feature = "planted-checkpoint-outside",
        feature = "planted-no-epoch-check",
        feature = "planted-trusting-feed",
    )
))]
compile_error!("a planted bug is no part of a release");

/// Events get lost between the feed and the batch that is applied.
pub(crate) const DROPPED_EVENT: bool = cfg!(feature = "planted-dropped-event");

/// Rows are committed before their checkpoint is.
pub(crate) const CHECKPOINT_OUTSIDE: bool = cfg!(feature = "planted-checkpoint-outside");

/// Whoever ever held a shard writes to it.
pub(crate) const NO_EPOCH_CHECK: bool = cfg!(feature = "planted-no-epoch-check");

/// What the feed brings is what there is.
pub(crate) const TRUSTING_FEED: bool = cfg!(feature = "planted-trusting-feed");
