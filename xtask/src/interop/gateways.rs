//! Gateways as they are in Debian and on PyPI, in front of a small API, asking a private Chancery about every call.
//!
//! Each runs on the very files that `docs/gateways.md` shows.

mod call;
mod cases;
mod proxy;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use serde_json::json;

use super::packages::{self, PythonPackages};
use super::process::{Started, free_address};
use super::stage::{self, Credentials};
use crate::postgres_version::PgArg;
use crate::project::{build_chancery, root};
use crate::step::{say, step};
use crate::up::Private;
use cases::Trial;
use proxy::{Proxy, Running, Surroundings};

const REQUIREMENTS: &str = include_str!("../../interop/gateways/requirements.txt");
/// A gate that hears nothing of the log refuses after 10 s.
const STALE: Duration = Duration::from_secs(30);

pub(super) fn check(pg: &PgArg) -> Result<()> {
    let folder = packages::folder("gateways")?;
    let python = PythonPackages::install(&folder, REQUIREMENTS)?;
    let binary = build_chancery()?;
    let mut product = Private::start(&binary, pg, folder.join("chancery.log"))?;
    let credentials = Credentials::new(&product)?;
    let api = free_address()?;
    let mut upstream = python.python();
    upstream.arg(root().join("xtask/interop/gateways/upstream.py"));
    let mut upstream =
        Started::new("upstream", &upstream, &json!({"port": api.port()}).to_string(), &folder)?;
    upstream.wait_for(api)?;

    let token = product.credentials()["tokens"]["gateway"].as_str();
    let token = token.context("the demo's credentials have no gateway's token")?;
    let doors = product.gateway_url().trim_start_matches("http://");
    let doors: SocketAddr = doors.parse().with_context(|| format!("reading where the doors are: {doors}"))?;
    let around = Surroundings { folder: &folder, packages: &python, doors, api, token };
    let mut failed = Vec::new();
    let mut running = Vec::new();
    for proxy in Proxy::ALL {
        let name = proxy.name();
        let gateway = step(&format!("starting {name}"), |_| proxy.start(&around));
        let tried = gateway.and_then(|gateway| {
            let tried = try_calls(&gateway, &product, &credentials);
            tried.map_err(|error| anyhow!("{error:#}; it says\n{}", gateway.said())).map(|()| gateway)
        });
        match tried {
            Ok(gateway) => running.push(gateway),
            Err(error) => {
                say("failed", &format!("{name}: {error:#}"));
                failed.push(name);
            }
        }
    }
    product.check()?;
    failed.extend(without_the_door(product, &credentials, &running)?);
    ensure!(failed.is_empty(), "{} failed", failed.join(", "));
    Ok(())
}

fn try_calls(gateway: &Running, product: &Private, credentials: &Credentials) -> Result<()> {
    let (agent, name) = (call::agent(), gateway.proxy.name());
    let token = stage::token(&agent, product, credentials)?;
    let trial = trial(gateway, &agent, credentials, &token);
    let cases = trial.run()?;
    say(
        "ok",
        &format!("{name}: {cases} calls pass or are refused as they should, and nothing made up is believed"),
    );
    stage::revoke(&agent, product, credentials, &token)?;
    trial.stops()?;
    say("ok", &format!("{name}: a revoked token stops"));
    Ok(())
}

/// First the gate hears nothing of the log, then nobody is at the door. Returns where calls pass all the same.
fn without_the_door(
    product: Private,
    credentials: &Credentials,
    running: &[Running],
) -> Result<Vec<&'static str>> {
    let agent = call::agent();
    let token = stage::token(&agent, &product, credentials)?;
    let mut failed = Vec::new();
    let mut tell = |gateway: &Running, what: &str, result: Result<String>| match result {
        Ok(told) => say("ok", &format!("{}: {what}: {told}", gateway.proxy.name())),
        Err(error) => {
            say("failed", &format!("{}: {error:#}", gateway.proxy.name()));
            failed.push(gateway.proxy.name());
        }
    };
    product.stop_postgres();
    for gateway in running {
        let told = trial(gateway, &agent, credentials, &token).turns_stale(STALE);
        tell(gateway, "while the log is away", told);
    }
    drop(product);
    for gateway in running {
        tell(gateway, "while Chancery is away", trial(gateway, &agent, credentials, &token).fails_closed());
    }
    Ok(failed)
}

fn trial<'a>(
    gateway: &'a Running,
    agent: &'a ureq::Agent,
    credentials: &'a Credentials,
    token: &'a str,
) -> Trial<'a> {
    let Credentials { app_key, client_id, .. } = credentials;
    Trial { agent, proxy: gateway.proxy, url: &gateway.url, app_key, client_id, token }
}
