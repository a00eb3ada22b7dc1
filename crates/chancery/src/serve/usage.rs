//! Usage: what this process's doors count, and what all gateways count, added up.
//!
//! The doors' decisions go into the sdk's meter and over NATS, as those of any gateway; where there is no NATS, its
//! batches go straight into the tables, by the same code. The worker of the role `usage` takes everybody's.

mod status;
mod stream;
mod worker;

use std::sync::Arc;

use anyhow::Context as _;
use chancery_journal::Journal;
use chancery_sdk::{
    gate::Metered,
    meter::{JetStream, Meter, PublishError, Publisher, PublisherSettings, Sink},
};
use chancery_service::{
    doors::Observer,
    sources::Sources,
    usage::{self, Mode, Usage, UsageError},
};
use chancery_wire::{Topology, usage::UsageBatch};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Process;
use crate::{
    cli::{Role, Serve},
    nats,
};
use status::{Counters, Status};
use worker::Worker;

/// Connections to the database for usage alone: however much of it there is, commands and reads have theirs.
const CONNECTIONS: usize = 4;

impl Process {
    /// The tables of usage, on connections of their own.
    pub(super) fn usage(&mut self, url: &str) -> anyhow::Result<Usage> {
        if let Some(usage) = &self.usage {
            return Ok(usage.clone());
        }
        let journal = Journal::open(url, CONNECTIONS)?;
        let usage = Usage::new(journal, Sources::system(), self.usage_settings);
        Ok(self.usage.insert(usage).clone())
    }

    /// The worker that adds up what is in NATS.
    pub(super) async fn start_usage(&mut self, url: &str, options: &Serve) -> anyhow::Result<()> {
        let nats_url = options.nats_usage_url.as_deref().or(options.nats_url.as_deref());
        let nats_url = nats_url.context("usage needs NATS: name it with --nats-usage-url or NATS_URL")?;
        let (usage, counters) = (self.usage(url)?, Arc::<Counters>::default());
        let worker = Worker {
            client: nats::connect_privately(nats_url).await?,
            topology: Topology::default(),
            replicas: options.nats_replicas,
            usage: usage.clone(),
            counters: counters.clone(),
            status: watch::Sender::new(Status::Starting),
        };
        let alone = !options.has(Role::Api) && !options.has(Role::Gate);
        self.checks.push(status::check(worker.status.subscribe(), alone));
        self.metrics.register(status::Added(counters));
        self.tasks.spawn(worker.run(self.stop.clone()));
        self.tasks.spawn(usage.maintain(self.stop.clone()));
        Ok(())
    }

    /// Counts the decisions of this process's doors.
    pub(super) async fn meter(&mut self, url: &str, options: &Serve) -> anyhow::Result<Arc<dyn Observer>> {
        let meter = Arc::new(Meter::default());
        self.metrics.register(status::Metered(meter.stats()));
        if let Some(nats_url) = options.nats_meter_url.as_deref().or(options.nats_url.as_deref()) {
            let stream = JetStream::new(nats::connect(nats_url).await?, Topology::default());
            let sink = OverNats { stream, tables: Tables(self.usage(url)?), stop: self.stop.clone() };
            self.publish(&meter, sink);
        } else {
            let usage = self.usage(url)?;
            self.publish(&meter, Tables(usage.clone()));
            self.tasks.spawn(usage.maintain(self.stop.clone()));
        }
        Ok(Arc::new(Metered(meter)))
    }

    fn publish(&self, meter: &Arc<Meter>, sink: impl Sink) {
        let publisher = Publisher::new(meter.clone(), sink, PublisherSettings::default());
        self.tasks.spawn(publisher.run(self.stop.clone().cancelled_owned()));
    }
}

/// The way over NATS. Once the process is told to stop, the tables take what is left, so that nothing is lost where NATS is
/// away: a batch that went both ways counts once.
#[derive(Debug)]
struct OverNats {
    stream: JetStream,
    tables: Tables,
    stop: CancellationToken,
}

impl Sink for OverNats {
    type Error = PublishError;

    async fn deliver(&self, batch: &UsageBatch) -> Result<(), PublishError> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => {
                let Err(error) = self.tables.deliver(batch).await else { return Ok(()) };
                tracing::warn!(error = &error as &dyn std::error::Error, "the tables of usage are away, trying NATS");
                self.stream.deliver(batch).await
            }
            sent = self.stream.deliver(batch) => sent,
        }
    }
}

/// The way without NATS.
#[derive(Debug)]
struct Tables(Usage);

impl Sink for Tables {
    type Error = UsageError;

    async fn deliver(&self, batch: &UsageBatch) -> Result<(), UsageError> {
        match self.0.apply(batch, Mode::Lenient).await? {
            usage::Outcome::Refused(refusal) => {
                let error = &refusal as &dyn std::error::Error;
                tracing::warn!(error, "a batch of usage was rejected, and its calls are not counted");
            }
            usage::Outcome::Applied | usage::Outcome::Duplicate | usage::Outcome::Gap { .. } => {}
        }
        Ok(())
    }
}
