//! The keys that filters of events go by, kept up where this process has the role `projections`.

use std::fmt;

use chancery_journal::{Indexed, Indexer, Journal};
use chancery_service::ops::{Check, Dependency, gauge};
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use serde_json::json;
use tokio::sync::watch;

use super::Process;

impl Process {
    pub(super) fn start_index(&mut self, url: &str) -> anyhow::Result<()> {
        let indexer = Indexer::new(url, &self.journal)?;
        let (journal, progress) = (self.journal.clone(), indexer.progress());
        self.checks.push(check(journal.clone(), progress.clone()));
        self.metrics.register(Progress { journal, progress });
        self.tasks.spawn(indexer.run(self.stop.clone()));
        Ok(())
    }
}

/// Never required: without keys a filter is slow, and right.
fn check(journal: Journal, progress: watch::Receiver<Indexed>) -> Check {
    Check::new("event keys", move || {
        let (head, indexed) = (journal.follow().head(), progress.borrow().clone());
        let detail = json!({
            "position": indexed.position,
            "lag_events": head.since(indexed.position),
            "last_error": indexed.error,
        });
        async move { Dependency { ok: indexed.error.is_none(), required: false, detail } }
    })
}

#[derive(Debug)]
struct Progress {
    journal: Journal,
    progress: watch::Receiver<Indexed>,
}

impl Collector for Progress {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (head, position) = (self.journal.follow().head(), self.progress.borrow().position);
        let help = "The last event that filters find by its keys";
        gauge(&mut encoder, "event_keys_position", help, position.get())?;
        let help = "Events that filters read one by one, for they have no keys yet";
        gauge(&mut encoder, "event_keys_lag_events", help, head.since(position))
    }
}
