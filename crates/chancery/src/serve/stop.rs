//! When to stop: the terminal's Ctrl-C or a supervisor's SIGTERM.

use tokio::signal::unix::{SignalKind, signal};

pub(crate) async fn requested() -> std::io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
