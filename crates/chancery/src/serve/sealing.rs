//! The audit tree, sealed where this process has the role and a key.

mod witness;

use std::{fmt, sync::Arc, time::Duration};

use chancery_journal::{Journal, Sealer, SealerSettings, SealerStats, SealerStatus};
use chancery_service::ops::{Check, Dependency, counter, gauge};
use clap::{Args, value_parser};
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use serde_json::json;
use tokio::sync::watch;

use super::Process;
use crate::{cli::Serve, sealing::SealKey};

pub(crate) use witness::Place;

#[derive(Debug, Args)]
pub(crate) struct Sealing {
    #[command(flatten)]
    key: SealKey,
    /// Events after which the log is sealed at the latest
    #[arg(long = "seal.every_events", env = "CHANCERY_SEAL_EVERY_EVENTS", default_value_t = 1_000,
        value_parser = value_parser!(u64).range(1..=chancery_journal::MOST_SEALED_EVENTS))]
    every_events: u64,
    /// Seconds after which an event is sealed at the latest
    #[arg(long = "seal.every_seconds", env = "CHANCERY_SEAL_EVERY_SECONDS", default_value_t = 10,
        value_parser = value_parser!(u64).range(1..))]
    every_seconds: u64,
    /// Who keeps checkpoints outside of the database: `file:/path`, or a C2SP witness by its URL; may be repeated
    #[arg(long = "witness", env = "CHANCERY_WITNESSES", value_delimiter = ',')]
    witnesses: Vec<Place>,
}

impl Process {
    pub(super) fn start_sealer(&mut self, url: &str, options: &Serve) -> anyhow::Result<()> {
        let sealing = &options.sealing;
        let Some(key) = sealing.key.signing(self.log_id)? else {
            anyhow::ensure!(
                options.roles.is_empty(),
                "the sealer needs the key that signs checkpoints: name it with CHANCERY_SEAL_KEY or \
                 CHANCERY_SEAL_KEY_FILE"
            );
            tracing::warn!("the log is not sealed here: name CHANCERY_SEAL_KEY or CHANCERY_SEAL_KEY_FILE");
            return Ok(());
        };
        let settings = SealerSettings {
            every_events: sealing.every_events,
            every: Duration::from_secs(sealing.every_seconds),
        };
        tracing::info!(key = %key.verifying(), "the log is sealed here");
        let witnesses = sealing.witnesses.iter().map(|place| place.witness(key.verifying())).collect();
        let sealer = Sealer::new(url, &self.journal, key, witnesses, settings)?;
        self.checks.push(check(
            self.journal.clone(),
            sealer.status(),
            sealer.stats(),
            options.roles.len() == 1,
        ));
        self.metrics.register(Sealed { journal: self.journal.clone(), stats: sealer.stats() });
        self.tasks.spawn(sealer.run(self.stop.clone()));
        Ok(())
    }
}

/// Nothing waits for the sealer. `alone`, one that may not go on is not ready: only an operator can mend that.
fn check(
    journal: Journal,
    status: watch::Receiver<SealerStatus>,
    done: Arc<SealerStats>,
    alone: bool,
) -> Check {
    Check::new("sealer", move || {
        let status = status.borrow().clone();
        let lag = journal.follow().head().get().saturating_sub(done.size());
        let detail = json!({
            "state": status.code(),
            "message": status.to_string(),
            "sealed": done.size(),
            "lag_events": lag,
        });
        let required = alone && matches!(status, SealerStatus::Refused(_));
        async move { Dependency { ok: status.is_well(), required, detail } }
    })
}

#[derive(Debug)]
struct Sealed {
    journal: Journal,
    stats: Arc<SealerStats>,
}

impl Collector for Sealed {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (head, sealed) = (self.journal.follow().head().get(), self.stats.size());
        let help = "The last event under a signed checkpoint, as far as this process knows";
        gauge(&mut encoder, "sealed_position", help, sealed)?;
        let help = "Events that no signed checkpoint covers yet";
        gauge(&mut encoder, "sealed_lag_events", help, head.saturating_sub(sealed))?;
        let help = "Checkpoints that this process signed";
        counter(&mut encoder, "checkpoints_signed", help, self.stats.checkpoints())
    }
}
