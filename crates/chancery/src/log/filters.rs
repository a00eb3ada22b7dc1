//! Which events: what `log tail`, `log search` and the API's `GET /v1/events` have in common.

use anyhow::Context as _;
use chancery_journal::{Filter, Journal};
use chancery_wire::Position;
use clap::Args;
use jiff::Timestamp;
use uuid::Uuid;

#[derive(Debug, Args)]
pub(super) struct Filters {
    /// Only events after this position
    #[arg(long)]
    after: Option<Position>,
    /// Only events up to this position
    #[arg(long)]
    through: Option<Position>,
    /// Only events that were recorded at this time or later (RFC 3339)
    #[arg(long)]
    since: Option<Timestamp>,
    /// Only events that were recorded before this time (RFC 3339)
    #[arg(long)]
    until: Option<Timestamp>,
    /// Only events of this stream, for example `app-` and an app's id
    #[arg(long)]
    stream: Option<String>,
    /// Only events of streams of this category
    #[arg(long)]
    category: Option<String>,
    /// Only events of this type
    #[arg(long = "type")]
    event_type: Option<String>,
    /// Only events that name this app
    #[arg(long)]
    app: Option<Uuid>,
    /// Only events that name this tenant
    #[arg(long)]
    tenant: Option<i64>,
    /// Only events of this actor's id
    #[arg(long)]
    actor: Option<String>,
    /// Only events with this correlation id: what one request led to
    #[arg(long)]
    correlation: Option<Uuid>,
}

/// What is looked for, and where.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) filter: Filter,
    /// Where it begins, if that was said.
    pub(super) after: Option<Position>,
}

impl Filters {
    /// With times as positions.
    pub(super) async fn search(self, journal: &Journal) -> anyhow::Result<Search> {
        let since = match self.since {
            Some(since) => {
                let before = journal.position_before(since).await?;
                Some(before.with_context(|| format!("--since: {since} is still to come"))?)
            }
            None => None,
        };
        let until = match self.until {
            // What is to come is before it all the same: then there is no end yet.
            Some(until) => journal.position_before(until).await?,
            None => None,
        };
        let filter = Filter {
            stream: self.stream,
            category: self.category,
            event_type: self.event_type,
            app: self.app,
            tenant: self.tenant,
            actor: self.actor,
            correlation: self.correlation,
            through: self.through.into_iter().chain(until).min(),
        };
        Ok(Search { filter, after: self.after.into_iter().chain(since).max() })
    }
}
