//! When to stop: the terminal's Ctrl-C or a supervisor's SIGTERM.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// From here on a signal ends nothing by itself: it waits until it is asked for.
#[derive(Debug)]
pub(crate) struct Requests {
    interrupt: Signal,
    terminate: Signal,
}

impl Requests {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

pub(crate) async fn requested() -> io::Result<()> {
    Requests::listen()?.next().await;
    Ok(())
}
