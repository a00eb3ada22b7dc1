//! An event as the command line shows it.

use chancery_wire::{Actor, Position, Recorded};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// The shape `event` of the API without people's names; the data byte for byte as it stands in the log.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    pub(super) position: Position,
    pub(super) event_id: Uuid,
    pub(super) category: &'a str,
    pub(super) stream: &'a str,
    pub(super) version: u64,
    #[serde(rename = "type")]
    pub(super) event_type: &'a str,
    pub(super) schema_version: u32,
    pub(super) recorded_at: Timestamp,
    pub(super) app_id: Option<Uuid>,
    pub(super) tenant_id: Option<u64>,
    actor: &'a Actor,
    pub(super) command_id: Uuid,
    pub(super) correlation_id: Uuid,
    pub(super) causation_id: Option<Uuid>,
    pub(super) traceparent: Option<&'a str>,
    pub(super) data: &'a RawValue,
}

impl<'a> Document<'a> {
    pub(super) fn of(event: &'a Recorded) -> anyhow::Result<Self> {
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
