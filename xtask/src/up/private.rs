//! A whole Chancery for one task, the demo in it; nothing of it is left after.

use std::path::{Path, PathBuf};

use anyhow::Result;
use chancery_devkit::Nats;
use serde_json::Value;

use super::Endpoints;
use super::chancery::{Chancery, command, platform_token};
use super::servers::Servers;
use super::stop::StopFlag;
use crate::demo::{self, Api};
use crate::postgres_version::PgArg;
use crate::step::step;

#[derive(Debug)]
pub(crate) struct Private {
    /// Ends before its servers do.
    chancery: Chancery,
    servers: Servers,
    stop: StopFlag,
    credentials: Value,
}

impl Private {
    /// Starts `binary` on servers of its own, whatever the environment names; what it says goes to `log`.
    pub(crate) fn start(binary: &Path, pg: &PgArg, log: PathBuf) -> Result<Self> {
        let stop = StopFlag::listen()?;
        let servers = step("starting private servers", |_| Servers::private(pg.wanted()?))?;
        step("migrating", |_| command(binary, &servers, &["migrate"]))?;
        let mut chancery = Chancery::start(binary, &servers, log)?;
        step("starting chancery", |_| chancery.wait_until_ready(&stop))?;
        let token = platform_token(binary, &servers)?;
        let endpoints = Endpoints::of(&chancery, &servers);
        let credentials =
            step("loading the demo through the API", |progress| demo::load(&endpoints, &token, progress))?;
        let credentials = serde_json::to_value(credentials)?;
        Ok(Self { chancery, servers, stop, credentials })
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.chancery.base_url
    }

    /// Where gateways ask.
    pub(crate) fn gateway_url(&self) -> &str {
        &self.chancery.gateway_url
    }

    /// The tokens, as `.dev/credentials.json` has them.
    pub(crate) fn credentials(&self) -> &Value {
        &self.credentials
    }

    /// The API, for whoever is called `name`.
    pub(crate) fn api(&self, name: &'static str) -> Api {
        Api::new(self.base_url(), name)
    }

    /// NATS, for who may only follow.
    pub(crate) fn nats_reader_url(&self) -> &str {
        &self.servers.nats_reader_url
    }

    /// NATS, for who may do everything.
    pub(crate) fn nats_relay_url(&self) -> &str {
        &self.servers.nats_url
    }

    /// Takes the stream away, for a while.
    pub(crate) fn stop_nats(&self) {
        if let Some(nats) = &self.servers.nats {
            nats.stop();
        }
    }

    pub(crate) fn start_nats_again(&self) -> Result<()> {
        self.servers.nats.as_ref().map_or(Ok(()), Nats::start_again)
    }

    /// Takes the log away.
    pub(crate) fn stop_postgres(&self) {
        if let Some(postgres) = &self.servers.postgres {
            postgres.stop();
        }
    }

    /// An error once it is told to stop, by Ctrl-C say, or has ended by itself.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.stop.check()?;
        anyhow::ensure!(
            !self.chancery.has_ended(),
            "chancery serve ended by itself:\n{}",
            self.chancery.end_of_log()
        );
        Ok(())
    }
}
