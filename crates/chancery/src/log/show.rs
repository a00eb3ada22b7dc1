//! `chancery log show`

use chancery_journal::Journal;
use chancery_wire::Position;

use super::document::Document;
use crate::{cli::Output, output};

pub(super) async fn show(journal: &Journal, position: Position, output: Output) -> anyhow::Result<()> {
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
