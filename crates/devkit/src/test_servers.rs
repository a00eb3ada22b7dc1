//! The servers that tests share. `cargo xtask test` starts one pair for the whole run and names it in the environment;
//! under plain `cargo test` each test process starts its own when it first needs one.
//!
//! `DATABASE_URL` and `NATS_URL` are not looked at: tests must never land in a database that somebody works with.

use std::env;
use std::sync::OnceLock;

use anyhow::{Context, Result};

use crate::{Nats, Postgres, token};

/// The URLs of a NATS server by user.
#[derive(Debug, Clone)]
pub struct NatsUrls {
    /// May publish.
    pub relay: String,
    /// May only follow `chancery.>`.
    pub reader: String,
}

/// The URL of the shared test Postgres, as its superuser. Its databases are for [`crate::TestDb`] to make; a test that
/// kills or stops its server starts a [`Postgres`] of its own instead.
pub fn test_postgres_url() -> Result<String> {
    static SERVER: OnceLock<Result<Postgres>> = OnceLock::new();
    if let Ok(url) = env::var("CHANCERY_TEST_PG") {
        return Ok(url);
    }
    Ok(started(&SERVER, Postgres::start)?.url())
}

/// The URLs of the shared test NATS; see [`test_postgres_url`].
pub fn test_nats() -> Result<NatsUrls> {
    static SERVER: OnceLock<Result<Nats>> = OnceLock::new();
    if let Ok(relay) = env::var("CHANCERY_TEST_NATS") {
        let reader = env::var("CHANCERY_TEST_NATS_READER")
            .context("CHANCERY_TEST_NATS needs its _READER beside it")?;
        return Ok(NatsUrls { relay, reader });
    }
    let server = started(&SERVER, Nats::start)?;
    Ok(NatsUrls { relay: server.relay_url(), reader: server.reader_url() })
}

/// A name for one test's stream and subjects. Put `chancery.` before it in subjects: the reader may follow nothing else.
pub fn test_topology_name() -> String {
    token()
}

/// Statics are not dropped at exit: the parent-death signal ends these servers, and the next start sweeps their data.
fn started<T>(slot: &'static OnceLock<Result<T>>, start: impl FnOnce() -> Result<T>) -> Result<&'static T> {
    slot.get_or_init(start).as_ref().map_err(|error| anyhow::anyhow!("starting the test server: {error:#}"))
}
