//! `/openapi.json` and what the product does, compared by schemathesis: with each role's token, on servers of its own,
//! the demo in them.
//!
//! Every request is one that the document invites, or one that it rules out. The answer must have a documented status,
//! type, headers and shape, must not be a 5xx, and must be a refusal where the document rules the request out.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::callers::{self, Caller};
use super::packages;
use super::report::Report;
use super::schemathesis::Schemathesis;
use super::things::Things;
use crate::postgres_version::PgArg;
use crate::project::build_chancery;
use crate::step::{say, step};
use crate::up::Private;

pub(super) fn check(pg: &PgArg) -> Result<()> {
    let folder = packages::folder("schemathesis")?;
    let schemathesis = Schemathesis::install(&folder)?;
    let binary = build_chancery()?;
    let mut product = Private::start(&binary, pg, folder.join("chancery.log"))?;
    let document = document(product.base_url()).context("reading /openapi.json")?;
    let things = step("looking up what there is to name", |_| Things::look_up(&product))?;
    schemathesis.configure(&things)?;

    let mut reports = Vec::new();
    for caller in callers::of(product.credentials(), &document)? {
        product.check()?;
        let Caller { name, .. } = &caller;
        let report =
            step(&format!("trying the API as {name}"), |_| schemathesis.run(product.base_url(), &caller))?;
        say(if report.failures.is_empty() { "ok" } else { "broken" }, &report.to_string());
        reports.push(report);
    }
    tell_what_was_not_tried(&document, &reports);
    let broken: Vec<_> = reports.iter().flat_map(|report| &report.failures).collect();
    ensure!(broken.is_empty(), "the API breaks its document:\n{}", callers::lines(&broken));
    Ok(())
}

fn document(base_url: &str) -> Result<Value> {
    let text = ureq::get(format!("{base_url}/openapi.json")).call()?.body_mut().read_to_string()?;
    Ok(serde_json::from_str(&text)?)
}

/// What passed because nothing happened.
fn tell_what_was_not_tried(document: &Value, reports: &[Report]) {
    let mut unreached: Vec<_> = callers::operations(document)
        .map(|operation| operation.label)
        .filter(|label| !reports.iter().any(|report| report.accepted.contains(label)))
        .collect();
    unreached.sort();
    for label in unreached {
        say("unchecked", &format!("the success of {label}: no request that was tried is one"));
    }
    for warning in reports.iter().flat_map(|report| &report.warnings) {
        say("unchecked", warning);
    }
    say("unchecked", "how a live stream of events goes on, and answers as NDJSON: both have no schema");
}
