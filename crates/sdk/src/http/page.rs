//! A page of `GET /v1/events`.

use bytes::Bytes;
use chancery_wire::{Actor, Position, Recorded};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    ApiError,
    api::{Answer, Api},
};
use crate::Filter;

/// Events at once: as large as they may be, that many fit into memory.
pub(super) const PAGE: usize = 250;
/// Bytes of the longest page.
const LONGEST: usize = 96 << 20;

const ACTION: &str = "reading events over HTTP";

/// Events of one log.
pub(super) struct Page {
    pub(super) log_id: Uuid,
    pub(super) events: Vec<Recorded>,
    /// How far the log was searched for them.
    pub(super) through: Position,
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    items: Vec<EventDocument<'a>>,
}

/// An event as HTTP shows it. Fields that are added one day are passed over.
#[derive(Deserialize)]
struct EventDocument<'a> {
    position: Position,
    event_id: Uuid,
    category: String,
    stream: String,
    version: u64,
    #[serde(rename = "type")]
    event_type: String,
    schema_version: u32,
    recorded_at: Timestamp,
    app_id: Option<Uuid>,
    tenant_id: Option<u64>,
    actor: Actor,
    command_id: Uuid,
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
    traceparent: Option<String>,
    /// Byte for byte as it was committed.
    #[serde(borrow)]
    data: &'a RawValue,
}

impl Api {
    /// At most [`PAGE`] events after a position, without some that the filter does not want.
    pub(super) async fn events(
        &self,
        after: Position,
        limit: usize,
        filter: &Filter,
    ) -> Result<Page, ApiError> {
        let (after, limit, wanted) = (after.to_string(), limit.clamp(1, PAGE).to_string(), filter.query());
        let mut query = vec![("after", &*after), ("limit", &*limit)];
        query.extend(wanted.iter().map(|(name, value)| (*name, &**value)));
        let request = self.get("v1/events", &query, "application/json");
        let answer = Answer::to(request, ACTION).await?;
        let (log_id, through) = (answer.log_id()?, answer.position()?);
        let body = answer.whole(LONGEST).await?;
        let events = read(&body).map_err(|error| ApiError::malformed(ACTION, error))?;
        Ok(Page { log_id, events, through })
    }
}

fn read(body: &[u8]) -> Result<Vec<Recorded>, serde_json::Error> {
    let document: Document<'_> = serde_json::from_slice(body)?;
    Ok(document.items.into_iter().map(Recorded::from).collect())
}

impl From<EventDocument<'_>> for Recorded {
    fn from(event: EventDocument<'_>) -> Self {
        Self {
            position: event.position,
            event_id: event.event_id,
            category: event.category,
            stream: event.stream,
            version: event.version,
            event_type: event.event_type,
            schema_version: event.schema_version,
            recorded_at: event.recorded_at,
            key_app: event.app_id,
            key_tenant: event.tenant_id,
            actor: event.actor,
            command_id: event.command_id,
            correlation_id: event.correlation_id,
            causation_id: event.causation_id,
            traceparent: event.traceparent,
            // A page is not kept in memory for one event of it.
            data: Bytes::copy_from_slice(event.data.get().as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_with_the_bytes_of_its_data() {
        let data = r#"{"app_id":"0190", "n":"9007199254740993","é":"\u00e9"}"#;
        let page = format!(
            r#"{{"items":[{{"position":7,"event_id":"01900000-0000-7000-8000-000000000001","category":"app",
            "stream":"app-1","version":3,"type":"AppCreated","schema_version":1,
            "recorded_at":"2026-11-22T05:00:00.000001Z","app_id":null,"tenant_id":9007199254740991,
            "actor":{{"kind":"person","id":"p","name":"Ada"}},"command_id":"01900000-0000-7000-8000-000000000002",
            "correlation_id":"01900000-0000-7000-8000-000000000003","causation_id":null,"traceparent":null,
            "data":{data},"added_later":{{}}}}],"next_cursor":null}}"#
        );
        let events = read(page.as_bytes()).unwrap();
        assert_eq!(events[0].data, data);
        assert_eq!(
            (events[0].position, events[0].key_tenant),
            (Position::new(7), Some(9_007_199_254_740_991))
        );
        assert_eq!(events[0].recorded_at.as_microsecond() % 1_000_000, 1);
        assert!(read(page.replace("\"version\":3,", "").as_bytes()).is_err());
    }
}
