//! An event as HTTP shows it (DESIGN §11).

use std::collections::HashMap;

use chancery_journal::{Journal, JournalError};
use chancery_wire::Recorded;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::problem::Problem;

/// An event of the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(in super::super) struct EventDocument<'a> {
    /// Its place in the log.
    position: u64,
    event_id: Uuid,
    category: &'a str,
    stream: &'a str,
    /// Its place in the stream, from 1.
    version: u64,
    #[serde(rename = "type")]
    event_type: &'a str,
    schema_version: u32,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// The app that it names.
    app_id: Option<Uuid>,
    /// The tenant that it names.
    tenant_id: Option<u64>,
    actor: EventActor<'a>,
    command_id: Uuid,
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
    traceparent: Option<&'a str>,
    /// The message that `type` and `schema_version` name, byte for byte as it was committed.
    #[schema(value_type = Object)]
    data: &'a RawValue,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
struct EventActor<'a> {
    /// `person`, `token` or `system`.
    kind: &'a str,
    id: &'a str,
    /// A person's name, as it is known now; `forgotten` once it is gone.
    name: Option<&'a str>,
}

/// The names of people by their ids.
pub(in super::super) type Names = HashMap<String, String>;

impl<'a> EventDocument<'a> {
    pub(super) fn of(event: &'a Recorded, names: &'a Names) -> Result<Self, Problem> {
        let data = serde_json::from_slice(&event.data)
            .map_err(|error| Problem::internal("an event's data is not JSON", &error))?;
        Ok(Self {
            position: event.position.get(),
            event_id: event.event_id,
            category: &event.category,
            stream: &event.stream,
            version: event.version,
            event_type: &event.event_type,
            schema_version: event.schema_version,
            recorded_at: event.recorded_at,
            app_id: event.key_app,
            tenant_id: event.key_tenant,
            actor: EventActor { kind: &event.actor.kind, id: &event.actor.id, name: name(event, names) },
            command_id: event.command_id,
            correlation_id: event.correlation_id,
            causation_id: event.causation_id,
            traceparent: event.traceparent.as_deref(),
            data,
        })
    }

    pub(super) fn to_json(&self) -> Result<String, Problem> {
        serde_json::to_string(self)
            .map_err(|error| Problem::internal("an event cannot be written as JSON", &error))
    }
}

/// The names of the people who acted, in one query.
pub(in super::super) async fn names(journal: &Journal, events: &[Recorded]) -> Result<Names, Problem> {
    let mut people: Vec<&str> =
        events.iter().filter(|event| is_person(event)).map(|event| event.actor.id.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    if people.is_empty() {
        return Ok(Names::new());
    }
    let client = journal.client().await?;
    let query = |source| JournalError::Query { action: "reading the names of people", source };
    let statement = client
        .prepare_cached("SELECT person_id, name FROM public.people WHERE person_id = ANY($1)")
        .await
        .map_err(query)?;
    let rows = client.query(&statement, &[&people]).await.map_err(query)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn name<'a>(event: &Recorded, names: &'a Names) -> Option<&'a str> {
    is_person(event).then(|| names.get(&event.actor.id).map_or("forgotten", String::as_str))
}

pub(in super::super) fn is_person(event: &Recorded) -> bool {
    event.actor.kind == "person"
}
