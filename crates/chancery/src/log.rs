//! `chancery log`

use chancery_journal::{Filter, Journal};
use chancery_wire::{Actor, Position, Recorded};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    cli::{Database, Output},
    output,
};

const PAGE: usize = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print events from a position on
    Tail(Tail),
    /// Print one event in full
    Show { position: Position },
}

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

pub(crate) async fn run(database: &Database, command: Command, output: Output) -> anyhow::Result<()> {
    let journal = Journal::open(database.url()?, 2)?;
    match command {
        Command::Tail(tail) => follow(&journal, tail, output).await,
        Command::Show { position } => show(&journal, position, output).await,
    }
}

async fn follow(journal: &Journal, tail: Tail, output: Output) -> anyhow::Result<()> {
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

async fn show(journal: &Journal, position: Position, output: Output) -> anyhow::Result<()> {
    let event = journal.event(position).await?;
    let event = event.ok_or_else(|| anyhow::anyhow!("the log has no event at position {position}"))?;
    let document = Document::of(&event)?;
    let fields = [
        ("position", document.position.to_string()),
        ("event_id", document.event_id.to_string()),
        ("category", document.category.to_owned()),
        ("stream", document.stream.to_owned()),
        ("version", document.version.to_string()),
        ("type", document.event_type.to_owned()),
        ("schema_version", document.schema_version.to_string()),
        ("recorded_at", document.recorded_at.to_string()),
        ("app_id", or_dash(document.app_id)),
        ("tenant_id", or_dash(document.tenant_id)),
        ("actor", format!("{} {}", event.actor.kind, event.actor.id)),
        ("command_id", document.command_id.to_string()),
        ("correlation_id", document.correlation_id.to_string()),
        ("causation_id", or_dash(document.causation_id)),
        ("traceparent", or_dash(document.traceparent)),
        ("data", document.data.get().to_owned()),
    ];
    output::one(output, &document, &fields)
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// The shape `event` of the API without people's names; the data byte for byte as it stands in the log.
#[derive(Serialize)]
struct Document<'a> {
    position: Position,
    event_id: Uuid,
    category: &'a str,
    stream: &'a str,
    version: u64,
    #[serde(rename = "type")]
    event_type: &'a str,
    schema_version: u32,
    recorded_at: Timestamp,
    app_id: Option<Uuid>,
    tenant_id: Option<u64>,
    actor: &'a Actor,
    command_id: Uuid,
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
    traceparent: Option<&'a str>,
    data: &'a RawValue,
}

impl<'a> Document<'a> {
    fn of(event: &'a Recorded) -> anyhow::Result<Self> {
        Ok(Self {
            position: event.position,
            event_id: event.event_id,
            category: &event.category,
            stream: &event.stream,
            version: event.version,
            event_type: &event.event_type,
            schema_version: event.schema_version,
            recorded_at: event.recorded_at,
            app_id: event.key_app,
            tenant_id: event.key_tenant,
            actor: &event.actor,
            command_id: event.command_id,
            correlation_id: event.correlation_id,
            causation_id: event.causation_id,
            traceparent: event.traceparent.as_deref(),
            data: serde_json::from_slice(&event.data)?,
        })
    }
}
