//! How this process keeps the views, and how often what they say is compared with the log.

use std::{sync::Arc, time::Duration};

use chancery_service::ops::{self, Differences};
use chancery_views::{Feeds, JournalFeeds, Runner};
use chancery_wire::Topology;
use clap::{Args, value_parser};

use super::{Process, auditing::StreamAuditor};
use crate::{
    cli::Serve,
    feeds::{BATCH, StreamFeeds},
    nats,
};

#[derive(Debug, Args)]
pub(crate) struct Projecting {
    /// Seconds after which a worker that stands still loses its shards to others; one that ended loses them at once
    #[arg(long = "projections.lease", env = "CHANCERY_PROJECTIONS_LEASE", default_value_t = 10,
        value_parser = value_parser!(u16).range(1..))]
    lease: u16,
    /// Seconds from one comparison of the projections and the stream with the log to the next
    #[arg(long = "projections.audit_interval", env = "CHANCERY_PROJECTIONS_AUDIT_INTERVAL", default_value_t = 60,
        value_parser = value_parser!(u32).range(1..))]
    audit_interval: u32,
}

impl Process {
    pub(super) async fn start_views(&mut self, url: &str, options: &Serve) -> anyhow::Result<()> {
        let interval = Duration::from_secs(options.projecting.audit_interval.into());
        let nats_url = options.nats_reader_url.as_deref().or(options.nats_url.as_deref());
        let journal = self.journal.clone();
        let feeds: Arc<dyn Feeds> = match nats_url {
            Some(nats_url) => {
                let client = nats::connect(nats_url).await?;
                let auditor = StreamAuditor {
                    url: url.to_owned(),
                    client: client.clone(),
                    topology: Topology::default(),
                    journal: journal.clone(),
                    log_id: self.log_id,
                    interval,
                    stop: self.stop.clone(),
                };
                self.tasks.spawn(auditor.run());
                Arc::new(StreamFeeds { client, topology: Topology::default(), journal, log_id: self.log_id })
            }
            None => Arc::new(JournalFeeds { journal, batch: BATCH }),
        };
        let runner = Runner::new(url, self.journal.clone(), feeds, chancery_views::all())?
            .with_lease(Duration::from_secs(options.projecting.lease.into()))
            .audited_every(interval);
        let statuses = runner.statuses();
        self.checks.extend(ops::views(&self.journal, &statuses));
        self.checks.push(ops::audits(runner.audits(), interval));
        self.metrics.register(Differences(runner.audits()));
        self.statuses = Some(statuses);
        self.tasks.spawn(runner.run(self.stop.clone()));
        Ok(())
    }
}
