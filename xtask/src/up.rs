//! `up`, `down`, `reset`, `env`: a whole Chancery on this machine, with the demo in it.
//!
//! One process, the supervisor, owns the servers: in the foreground it is the command itself, detached it is a process of
//! its own session. It holds the lock of `.dev/` while it lives, so what runs is never a guess from a stale pid.

mod chancery;
mod detach;
mod dev_dir;
mod private;
mod servers;
mod stop;
mod supervise;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use chancery_devkit::Nats;
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::postgres_version::PgArg;
use crate::project::build_chancery;
use crate::step::say;
use chancery::Chancery;
use dev_dir::DevDir;
use servers::Servers;

pub(crate) use private::Private;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Return when everything is ready, and leave it running
    #[arg(long)]
    detach: bool,
    #[command(flatten)]
    pg: PgArg,
    /// The supervisor that `--detach` leaves: the server is built, the terminal is not ours
    #[arg(long, hide = true, value_name = "BINARY")]
    supervise: Option<PathBuf>,
}

/// Where everything answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are the names in credentials.json")]
pub(crate) struct Endpoints {
    pub(crate) base_url: String,
    /// Where gateways ask.
    #[serde(default)]
    pub(crate) gateway_url: String,
    pub(crate) ops_url: String,
    pub(crate) database_url: String,
    pub(crate) nats_url: String,
    pub(crate) nats_reader_url: String,
    /// Of our own NATS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nats_monitoring_url: Option<String>,
}

impl Endpoints {
    fn of(chancery: &Chancery, servers: &Servers) -> Self {
        Self {
            base_url: chancery.base_url.clone(),
            gateway_url: chancery.gateway_url.clone(),
            ops_url: chancery.ops_url.clone(),
            database_url: servers.database_url.clone(),
            nats_url: servers.nats_url.clone(),
            nats_reader_url: servers.nats_reader_url.clone(),
            nats_monitoring_url: servers.nats.as_ref().map(Nats::monitoring_url),
        }
    }
}

pub(crate) fn up(options: &Options) -> Result<()> {
    let dev = DevDir::open()?;
    if let Some(chancery) = &options.supervise {
        return supervise::supervise(&dev, &options.pg, chancery);
    }
    if let Some(state) = dev.running()? {
        if let Some(endpoints) = state.endpoints.filter(|_| state.ready) {
            supervise::tell(&dev, &endpoints);
        }
        bail!("already up (process {}); `cargo xtask down` stops it", state.pid);
    }
    let chancery = build_chancery()?;
    if options.detach {
        detach::detach(&dev, &options.pg, &chancery)
    } else {
        supervise::supervise(&dev, &options.pg, &chancery)
    }
}

pub(crate) fn down() -> Result<()> {
    let dev = DevDir::open()?;
    match dev.running()? {
        None => say("down", "nothing was up"),
        Some(state) => {
            stop::stop_supervisor(&dev, state.pid)?;
            say("down", "everything stopped; the data stays");
        }
    }
    Ok(())
}

pub(crate) fn reset() -> Result<()> {
    let dev = DevDir::open()?;
    if let Some(state) = dev.running()? {
        stop::stop_supervisor(&dev, state.pid)?;
    }
    dev.clear()?;
    say("reset", "the data of .dev is gone; servers that DATABASE_URL or NATS_URL name are untouched");
    Ok(())
}

pub(crate) fn env() -> Result<()> {
    let dev = DevDir::open()?;
    let ready = dev.running()?.filter(|state| state.ready);
    let endpoints = ready.and_then(|state| state.endpoints);
    let endpoints = endpoints.context("nothing is up; `cargo xtask up --detach` starts it")?;
    let monitoring = endpoints.nats_monitoring_url.map(|url| ("CHANCERY_NATS_MONITORING_URL", url));
    let variables = [
        ("DATABASE_URL", endpoints.database_url),
        ("NATS_URL", endpoints.nats_url),
        ("CHANCERY_NATS_READER_URL", endpoints.nats_reader_url),
        ("CHANCERY_URL", endpoints.base_url),
        ("CHANCERY_GATEWAY_URL", endpoints.gateway_url),
        ("CHANCERY_OPS_URL", endpoints.ops_url),
        ("CHANCERY_SEAL_KEY_FILE", dev.file(chancery::SEAL_KEY).display().to_string()),
        ("CHANCERY_WITNESSES", format!("file:{}", dev.file(chancery::WITNESS).display())),
    ];
    for (name, value) in variables.into_iter().chain(monitoring) {
        println!("export {name}='{}'", value.replace('\'', r"'\''"));
    }
    Ok(())
}
