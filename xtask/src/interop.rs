//! `interop`: what only other people's tools can tell.
//!
//! A check that could not run fails, so that it never looks like one that passed.

mod compose;

mod packages;
mod process;
mod stage;

mod asyncapi;
mod buf;
mod contract_tools;

mod consumers;
mod gateways;
mod oauth;

mod callers;
mod contract;
mod report;
mod schemathesis;
mod things;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::postgres_version::PgArg;
use crate::step::say;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only these; all of them where none is named
    checks: Vec<Check>,
    #[command(flatten)]
    pg: PgArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// `docker-compose.yml`, read by docker-compose
    Compose,
    /// `proto/`, linted and compared with what was released last, by buf
    Buf,
    /// `docs/asyncapi.json`, read by AsyncAPI's own parser
    Asyncapi,
    /// `docs/consumers.md`: its programs in Python and TypeScript
    Consumers,
    /// `/openapi.json`, tried out by schemathesis on private servers
    Schemathesis,
    /// The token endpoint, used by OAuth clients from PyPI and npm
    Oauth,
    /// `docs/gateways.md`: nginx, Traefik, Caddy and Envoy in front of an API
    Gateways,
}

pub(crate) fn interop(options: &Options) -> Result<()> {
    let wanted = |check: &Check| options.checks.is_empty() || options.checks.contains(check);
    let mut failed = Vec::new();
    for check in Check::value_variants().iter().filter(|check| wanted(check)) {
        let result = match check {
            Check::Compose => compose::check(),
            Check::Buf => buf::check(),
            Check::Asyncapi => asyncapi::check(),
            Check::Consumers => consumers::check(&options.pg),
            Check::Schemathesis => contract::check(&options.pg),
            Check::Oauth => oauth::check(&options.pg),
            Check::Gateways => gateways::check(&options.pg),
        };
        if let Err(error) = result {
            say("failed", &format!("{error:#}"));
            failed.push(format!("{check:?}").to_lowercase());
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("{} failed", failed.join(", ")) }
}
