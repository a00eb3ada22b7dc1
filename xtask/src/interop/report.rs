//! What schemathesis found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug)]
pub(super) struct Report {
    caller: &'static str,
    operations: u64,
    requests: u64,
    /// Method and path of what succeeded at least once.
    pub(super) accepted: BTreeSet<String>,
    pub(super) failures: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// As much of its JSON report as we read.
#[derive(Debug, Deserialize)]
struct Document {
    complete: bool,
    stop_reason: String,
    operations: Value,
    test_cases: Value,
    failures: Vec<Found>,
    errors: Vec<Value>,
    warnings: BTreeMap<String, Value>,
    valid_rates: BTreeMap<String, BTreeMap<String, Rate>>,
}

#[derive(Debug, Deserialize)]
struct Found {
    title: String,
    operations: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Rate {
    accepted: u64,
}

impl Report {
    pub(super) fn read(caller: &'static str, report: &Path, log: &Path) -> Result<Self> {
        let text = fs::read_to_string(report).with_context(|| format!("reading {}", report.display()))?;
        let document: Document =
            serde_json::from_str(&text).with_context(|| format!("reading {}", report.display()))?;
        let rates = document.valid_rates.into_iter();
        let accepted = rates.filter(|(_, phases)| phases.values().any(|rate| rate.accepted > 0));
        let found = document.failures.into_iter().map(|found| {
            format!("as {caller}: {}: {}; see {}", found.title, found.operations.join(", "), log.display())
        });
        let errors = document.errors.into_iter().map(|error| format!("as {caller}: {error}"));
        let broken_off = (!document.complete).then(|| {
            format!("as {caller}: it was broken off ({}); see {}", document.stop_reason, log.display())
        });
        // Told for all callers together: what never succeeded, and what has no schema.
        let told = [
            "missing_test_data",
            "validation_mismatch",
            "low_valid_rate",
            "missing_auth",
            "missing_deserializer",
        ];
        let warnings = document.warnings.into_iter().filter(|(name, what)| {
            !told.contains(&name.as_str()) && what.as_array().is_some_and(|what| !what.is_empty())
        });
        Ok(Self {
            caller,
            operations: document.operations["tested"].as_u64().unwrap_or_default(),
            requests: document.test_cases["generated"].as_u64().unwrap_or_default(),
            accepted: accepted.map(|(operation, _)| operation).collect(),
            failures: found.chain(errors).chain(broken_off).collect(),
            warnings: warnings.map(|(name, what)| format!("as {caller}: {name}: {what}")).collect(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { caller, operations, requests, accepted, failures, .. } = self;
        write!(
            f,
            "as {caller}: {requests} requests to {operations} operations, of which {} succeeded",
            accepted.len()
        )?;
        if failures.is_empty() { Ok(()) } else { write!(f, "; {} kinds of failure", failures.len()) }
    }
}
