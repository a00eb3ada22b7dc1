//! The supervisor: starts everything in order, waits, and ends it in reverse.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use chancery_devkit::{Nats, Postgres};
use serde_json::Value;

use super::Endpoints;
use super::chancery::{Chancery, command, platform_token};
use super::dev_dir::{DevDir, State};
use super::servers::Servers;
use super::stop::StopFlag;
use crate::demo;
use crate::postgres_version::PgArg;
use crate::step::{say, step};

const CREDENTIALS: &str = "credentials.json";
/// There while the demo is being loaded.
const LOADING: &str = "loading";
/// What that file says if the database is ours to throw away.
const OUR_DATABASE: &str = "ours";

pub(crate) fn supervise(dev: &DevDir, pg: &PgArg, binary: &Path) -> Result<()> {
    let _lock = dev.lock()?;
    let stop = StopFlag::listen()?;
    forget_half_a_demo(dev)?;
    let mut state = State { pid: std::process::id().cast_signed(), ready: false, ..dev.state() };
    dev.write_state(&state)?;

    let servers = Servers::start(dev, pg.wanted()?, &state)?;
    stop.check()?;
    step("migrating", |_| command(binary, &servers, &["migrate"]))?;
    let mut chancery = Chancery::start(binary, &servers, dev.file("chancery.log"))?;
    step("starting chancery", |_| chancery.wait_until_ready(&stop))?;

    let endpoints = Endpoints::of(&chancery, &servers);
    provide_credentials(dev, binary, &servers, &endpoints)?;
    state.ready = true;
    state.postgres_port = servers.postgres.as_ref().map(Postgres::port);
    state.nats_port = servers.nats.as_ref().map(Nats::port);
    tell(dev, &endpoints);
    state.endpoints = Some(endpoints);
    dev.write_state(&state)?;

    while !stop.is_set() {
        if chancery.has_ended() {
            bail!("chancery serve ended by itself:\n{}", chancery.end_of_log());
        }
        if let Some(server) = servers.ended() {
            bail!("{server} ended by itself; see its log in {}", dev.data()?.display());
        }
        thread::sleep(Duration::from_millis(100));
    }
    say("stopping", "chancery, then NATS and Postgres");
    Ok(())
}

/// What a reader of the terminal needs next.
pub(crate) fn tell(dev: &DevDir, endpoints: &Endpoints) {
    let credentials = dev.file(CREDENTIALS);
    say("API", &format!("{0}/v1   OpenAPI: {0}/openapi.json", endpoints.base_url));
    say("doors", &format!("{0}/forward-auth   {0}/v1/authorize", endpoints.gateway_url));
    say("ops", &format!("{}/readyz   /healthz   /metrics", endpoints.ops_url));
    say("log", &dev.file("chancery.log").display().to_string());
    say("tokens", &credentials.display().to_string());
    say("stop", "Ctrl-C where it runs, or `cargo xtask down`");
    say("try", "");
    println!(
        "  TOKEN=$(python3 -c 'import json; print(json.load(open(\"{}\"))[\"tokens\"][\"developers\"][0][\"token\"])')",
        credentials.display()
    );
    println!("  curl -s -H \"Authorization: Bearer $TOKEN\" {}/v1/apps", endpoints.base_url);
}

/// An interrupted load leaves half a story that nobody can go on with: its secrets were shown to a process that is gone.
/// Nothing else can be in our own servers yet, so they start anew.
fn forget_half_a_demo(dev: &DevDir) -> Result<()> {
    let Ok(database) = fs::read_to_string(dev.file(LOADING)) else { return Ok(()) };
    ensure!(
        database == OUR_DATABASE,
        "loading the demo into the database of DATABASE_URL was interrupted; empty it, then `cargo xtask reset`"
    );
    say("again", "loading the demo was interrupted last time: starting with empty data");
    dev.clear_locked()
}

/// Loads the demo at the first start; later only the URLs may have changed.
fn provide_credentials(dev: &DevDir, binary: &Path, servers: &Servers, endpoints: &Endpoints) -> Result<()> {
    let mut credentials = if let Ok(known) = fs::read(dev.file(CREDENTIALS)) {
        serde_json::from_slice(&known).with_context(|| format!("reading .dev/{CREDENTIALS}"))?
    } else {
        fs::write(dev.file(LOADING), if servers.postgres.is_some() { OUR_DATABASE } else { "given" })?;
        let token = platform_token(binary, servers)?;
        let credentials =
            step("loading the demo through the API", |progress| demo::load(endpoints, &token, progress))?;
        serde_json::to_value(credentials)?
    };
    let own: Value = serde_json::to_value(endpoints)?;
    for url in ["base_url", "gateway_url", "ops_url", "database_url", "nats_url"] {
        credentials[url] = own[url].clone();
    }
    dev.write_secret(CREDENTIALS, &credentials)?;
    let _ = fs::remove_file(dev.file(LOADING));
    Ok(())
}
