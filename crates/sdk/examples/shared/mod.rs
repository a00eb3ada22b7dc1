//! What the examples are told by the environment, and when they stop.

#![allow(dead_code, reason = "each example uses a part")]

use std::{env, error::Error, fmt};

use chancery_sdk::{Api, Consumer, Topology, connect};
use tokio::signal::unix::{SignalKind, signal};

pub(crate) type Result<T = (), E = Ended> = std::result::Result<T, E>;

/// Why a program ended, as `main` prints it: what happened, and why, and why that.
pub(crate) struct Ended(Box<dyn Error + Send + Sync>);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// A variable that must be set.
pub(crate) fn need(name: &str) -> Result<String> {
    env::var(name).map_err(|_| format!("set {name}").into())
}

/// Chancery's API, for what the stream does not have.
pub(crate) fn api() -> Result<Api> {
    Ok(Api::new(&need("CHANCERY_URL")?, &need("CHANCERY_TOKEN")?)?)
}

/// Over NATS where `NATS_URL` says where that is, over HTTP alone otherwise.
pub(crate) async fn consumer() -> Result<Consumer> {
    Ok(match env::var("NATS_URL") {
        Ok(urls) => {
            let consumer = Consumer::new(connect(&urls).await?, Topology::default());
            if env::var_os("CHANCERY_URL").is_some() { consumer.repaired_by(api()?) } else { consumer }
        }
        Err(_) => Consumer::over_http(api()?),
    })
}

/// Ctrl-C, or what an orchestrator sends.
pub(crate) async fn asked_to_stop() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Where there are no signals there is nobody who sends one.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
