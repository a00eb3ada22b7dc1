//! `chancery log show`

use chancery_journal::Journal;
use chancery_service::events::{EventDocument, Names};
use chancery_wire::Position;

use crate::{
    cli::Output,
    output::{self, harmless, or_dash},
};

pub(super) async fn show(journal: &Journal, position: Position, output: Output) -> anyhow::Result<()> {
    let event = journal.event(position).await?;
    let event = event.ok_or_else(|| anyhow::anyhow!("the log has no event at position {position}"))?;
    let names = Names::of_sentences(journal, std::slice::from_ref(&event)).await?;
    let shown = EventDocument::of(&event, &names)?;
    let actor = shown.actor.name.map_or_else(
        || format!("{} {}", shown.actor.kind, shown.actor.id),
        |name| format!("{} {} ({name})", shown.actor.kind, shown.actor.id),
    );
    let fields = [
        ("position", shown.position.to_string()),
        ("sentence", or_dash(shown.sentence.as_deref())),
        ("event_id", shown.event_id.to_string()),
        ("category", shown.category.to_owned()),
        ("stream", shown.stream.to_owned()),
        ("version", shown.version.to_string()),
        ("type", shown.event_type.to_owned()),
        ("schema_version", shown.schema_version.to_string()),
        ("recorded_at", shown.recorded_at.to_string()),
        ("app_id", or_dash(shown.app_id)),
        ("tenant_id", or_dash(shown.tenant_id)),
        ("actor", actor),
        ("command_id", shown.command_id.to_string()),
        ("correlation_id", shown.correlation_id.to_string()),
        ("causation_id", or_dash(shown.causation_id)),
        ("traceparent", or_dash(shown.traceparent)),
        ("data", shown.data.get().to_owned()),
    ];
    let fields = fields.map(|(name, value)| (name, harmless(&value)));
    output::one(output, &shown, &fields)
}
