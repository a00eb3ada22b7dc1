//! The apps' first calls, so that the usage reports show something true.
//!
//! Everything goes the way that it goes in production, through the token endpoint and the gate; some of it goes wrong.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;

use super::api::Api;
use super::gateway::{Client, Gateway};

/// How often each client goes through its day.
const ROUNDS: usize = 8;
/// More than an app may make at a tenant in a second (rule 29).
const BURST: usize = 75;
/// How long it may take until what was counted is in the reports.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the app for ten tenants does all day: a method, and a path around the tenant. The last two need its latest
/// versions: where a tenant granted an older one, they are `scope_missing`.
const DAY: [(&str, &str, &str); 6] = [
    ("GET", "/jpm/v2/tenant/", "/jobs?page=1"),
    ("GET", "/jpm/v2/tenant/", "/jobs/4711"),
    ("GET", "/crm/v2/tenant/", "/customers"),
    ("GET", "/crm/v2/tenant/", "/customers/17/contacts"),
    ("GET", "/dispatch/v2/tenant/", "/technician-shifts"),
    ("POST", "/dispatch/v2/tenant/", "/appointment-assignments/assign-technicians"),
];

/// Has the clients of one app, the third party's, make their calls, and the report tell of every one of them.
pub(super) fn drive(
    api: &Api,
    gateway: &mut Gateway<'_>,
    clients: &[Client],
    developer: &str,
    progress: &ProgressBar,
) -> Result<()> {
    let tokens: Vec<String> = clients.iter().map(|client| gateway.token(client)).collect::<Result<_>>()?;
    let mut traffic = Traffic { gateway, outcomes: BTreeMap::new() };
    for round in 1..=ROUNDS {
        progress.set_message(format!("loading the demo: calls through the gate, {round} of {ROUNDS}"));
        for (client, token) in clients.iter().zip(&tokens) {
            for (method, before, after) in DAY {
                let path = format!("{before}{}{after}", client.tenant_id);
                traffic.call(client, method, &path, Some(token))?;
            }
        }
    }
    progress.set_message("loading the demo: an app in a hurry, and calls that go astray");
    let (hasty, token) = clients.iter().zip(&tokens).next_back().context("an app without clients")?;
    for _ in 0..BURST {
        traffic.call(hasty, "GET", &format!("/jpm/v2/tenant/{}/jobs", hasty.tenant_id), Some(token))?;
    }
    let elsewhere = format!("/jpm/v2/tenant/{}/jobs", clients[0].tenant_id);
    traffic.call(hasty, "GET", &elsewhere, Some(token))?;
    traffic.call(hasty, "GET", "/jpm/v1/jobs", Some(token))?;
    traffic.call(hasty, "GET", &elsewhere, None)?;
    traffic.call(hasty, "GET", &elsewhere, Some("e30.e30.e30"))?;
    traffic.gateway.report()?;

    progress.set_message("loading the demo: waiting for the usage report");
    traffic.wait_for_report(api, &hasty.app_id, developer)
}

struct Traffic<'a, 'b> {
    gateway: &'a mut Gateway<'b>,
    outcomes: BTreeMap<String, u64>,
}

impl Traffic<'_, '_> {
    fn call(&mut self, client: &Client, method: &str, path: &str, token: Option<&str>) -> Result<()> {
        let outcome = self.gateway.call(client, method, path, token)?;
        *self.outcomes.entry(outcome).or_default() += 1;
        Ok(())
    }

    /// Waits until the report tells of the calls by outcome, exactly.
    fn wait_for_report(mut self, api: &Api, app_id: &str, developer: &str) -> Result<()> {
        for outcome in ["allowed", "scope_missing", "tenant_mismatch", "operation_unknown"] {
            ensure!(self.outcomes.contains_key(outcome), "no call came to {outcome}: {:?}", self.outcomes);
        }
        // Before its token verified, a call is no app's.
        for outcome in ["token_missing", "token_invalid"] {
            ensure!(self.outcomes.remove(outcome) == Some(1), "one call should have been {outcome}");
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let path = format!("/v1/apps/{app_id}/usage?granularity=day&group_by=outcome");
            let report = api.get(&path, developer)?.value;
            let mut reported: BTreeMap<String, u64> = BTreeMap::new();
            for item in report["items"].as_array().into_iter().flatten() {
                let outcome = item["outcome"].as_str().unwrap_or_default().to_owned();
                *reported.entry(outcome).or_default() += item["calls"].as_u64().unwrap_or_default();
            }
            if reported == self.outcomes {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "the calls of app {app_id} came to {:?}, its usage report tells {reported:?}",
                self.outcomes
            );
            thread::sleep(Duration::from_millis(200));
        }
    }
}
