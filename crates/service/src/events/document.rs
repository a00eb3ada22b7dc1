//! An event as it is shown (DESIGN §11).

use chancery_wire::Recorded;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Names;

/// An event of the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventDocument<'a> {
    /// Its place in the log.
    pub position: u64,
    pub event_id: Uuid,
    pub category: &'a str,
    pub stream: &'a str,
    /// Its place in the stream, from 1.
    pub version: u64,
    #[serde(rename = "type")]
    pub event_type: &'a str,
    pub schema_version: u32,
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
    /// The app that it names.
    pub app_id: Option<Uuid>,
    /// The tenant that it names.
    pub tenant_id: Option<u64>,
    pub actor: EventActor<'a>,
    pub command_id: Uuid,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
    pub traceparent: Option<&'a str>,
    /// For people: what the actor did, with today's names. Where it was asked for, and this build knows the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// The message that `type` and `schema_version` name, byte for byte as it was committed.
    #[schema(value_type = Object)]
    pub data: &'a RawValue,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventActor<'a> {
    /// `person`, `token` or `system`.
    pub kind: &'a str,
    pub id: &'a str,
    /// A person's name, as it is known now; `forgotten` once it is gone.
    pub name: Option<&'a str>,
}

impl<'a> EventDocument<'a> {
    /// The event with the names that were read for it. An error is data that is not JSON.
    pub fn of(event: &'a Recorded, names: &'a Names) -> Result<Self, serde_json::Error> {
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
            actor: EventActor { kind: &event.actor.kind, id: &event.actor.id, name: names.of_actor(event) },
            command_id: event.command_id,
            correlation_id: event.correlation_id,
            causation_id: event.causation_id,
            traceparent: event.traceparent.as_deref(),
            sentence: names.sentence(event),
            data: serde_json::from_slice(&event.data)?,
        })
    }
}
