//! `chancery log tail`

use chancery_journal::{Filter, Journal};
use chancery_wire::{Position, Recorded};
use clap::Args;
use uuid::Uuid;

use super::document::Document;
use crate::{cli::Output, output};

const PAGE: usize = 500;

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Begin after this position; by default the last ten events
    #[arg(long)]
    after: Option<Position>,
    /// Go on as events come
    #[arg(long, short)]
    follow: bool,
    #[arg(long)]
    stream: Option<String>,
    #[arg(long)]
    category: Option<String>,
    #[arg(long = "type")]
    event_type: Option<String>,
    #[arg(long)]
    app: Option<Uuid>,
    #[arg(long)]
    tenant: Option<i64>,
    #[arg(long)]
    actor: Option<String>,
    #[arg(long)]
    correlation: Option<Uuid>,
}

pub(super) async fn follow(journal: &Journal, tail: Tail, output: Output) -> anyhow::Result<()> {
    let head = journal.head().await?.position;
    let mut position = tail.after.unwrap_or_else(|| Position::new(head.get().saturating_sub(10)));
    let filter = Filter {
        stream: tail.stream,
        category: tail.category,
        event_type: tail.event_type,
        app: tail.app,
        tenant: tail.tenant,
        actor: tail.actor,
        correlation: tail.correlation,
    };
    let (mut follower, mut head) = (journal.follow(), head);
    loop {
        while position < head {
            let events = journal.select(&filter, position, PAGE).await?;
            for event in events.iter().take_while(|event| event.position <= head) {
                line(event, output)?;
            }
            position = match events.last() {
                Some(last) if events.len() == PAGE => last.position.min(head),
                _ => head,
            };
        }
        if !tail.follow {
            return Ok(());
        }
        head = follower.after(position).await;
    }
}

/// One event on one line: to look at, or NDJSON.
fn line(event: &Recorded, output: Output) -> anyhow::Result<()> {
    match output {
        Output::Json => output::print(&serde_json::to_string(&Document::of(event)?)?)?,
        Output::Table => output::print(&format!(
            "{:>10}  {}  {:<24} {:<12} {}",
            event.position, event.recorded_at, event.event_type, event.actor.id, event.stream,
        ))?,
    }
    Ok(())
}
