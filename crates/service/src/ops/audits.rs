//! What the auditor found: a health problem for each difference, and a number to be woken by.

use std::fmt;

use chancery_views::Audits;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::{Check, Dependency, figures::gauges};

/// Whether each projection and the stream are what the log says. A difference makes nothing unready: what is served is as
/// good as it was before anybody knew, and every process would go at once. It stays until the build is replaced.
pub fn audits(audits: watch::Receiver<Audits>) -> Check {
    Check::new("audit", move || {
        let audits = audits.borrow().clone();
        let ok = audits.values().all(|audit| audit.differences.is_empty());
        let subjects: Map<String, Value> = audits
            .into_iter()
            .map(|(subject, audit)| {
                let found = json!({
                    "position": audit.position,
                    "audited_at": audit.audited_at,
                    "differences": audit.differences,
                });
                (subject, found)
            })
            .collect();
        let detail = json!({ "state": if ok { "equal" } else { "differs" }, "subjects": subjects });
        async move { Dependency { ok, required: false, detail } }
    })
}

/// How many differences were found, and how far was looked.
#[derive(Debug)]
pub struct Differences(pub watch::Receiver<Audits>);

impl Collector for Differences {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let audits = self.0.borrow().clone();
        let found = audits.iter().map(|(subject, audit)| (&**subject, audit.differences.len() as u64));
        gauges(
            &mut encoder,
            "projection_audit_differences",
            "Differences between a projection, or the stream, and the log; they stay until its build is replaced",
            "projection",
            found,
        )?;
        let positions = audits.iter().map(|(subject, audit)| (&**subject, audit.position.get()));
        gauges(
            &mut encoder,
            "projection_audit_position",
            "The position up to which the auditor has compared a projection, or the stream, with the log",
            "projection",
            positions,
        )
    }
}
