//! The envelope as NATS headers: CloudEvents 1.0 in binary mode, beside which the body is the event's data,
//! byte for byte. Pairs of strings, so that no NATS client is needed here.

use bytes::Bytes;
use uuid::Uuid;

use crate::{Actor, Position, Recorded};

/// Beside the CloudEvents headers, the log's id under the name that is quickest to check.
pub const LOG: &str = "Chancery-Log";
pub const CONTENT_TYPE: &str = "Content-Type";
pub const TRACEPARENT: &str = "traceparent";

/// What `ce-type` puts before the event's type.
const TYPE_PREFIX: &str = "chancery.v1.";
/// What `ce-source` puts before the log's id.
const SOURCE_PREFIX: &str = "urn:chancery:log:";
/// What `ce-dataschema` puts before the message's name and the schema version.
const SCHEMA_PREFIX: &str = "urn:chancery:schema:chancery.v1.";

/// A header is missing or not in its form.
#[derive(Debug, thiserror::Error)]
#[error("header {name} is missing or malformed")]
pub struct HeaderError {
    pub name: &'static str,
}

/// The headers of an event, in a fixed order.
pub fn encode(event: &Recorded, log_id: Uuid) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        (LOG, log_id.to_string()),
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", event.event_id.to_string()),
        ("ce-source", format!("{SOURCE_PREFIX}{log_id}")),
        ("ce-type", format!("{TYPE_PREFIX}{}", event.event_type)),
        ("ce-subject", event.stream.clone()),
        ("ce-time", event.recorded_at.to_string()),
        ("ce-sequence", event.position.to_string()),
        ("ce-dataschema", format!("{SCHEMA_PREFIX}{}:{}", event.event_type, event.schema_version)),
        ("ce-streamversion", event.version.to_string()),
        ("ce-actorkind", event.actor.kind.clone()),
        ("ce-actorid", event.actor.id.clone()),
        ("ce-commandid", event.command_id.to_string()),
        ("ce-correlationid", event.correlation_id.to_string()),
    ];
    headers.extend(event.causation_id.map(|id| ("ce-causationid", id.to_string())));
    headers.extend(event.traceparent.clone().map(|parent| (TRACEPARENT, parent)));
    headers.push((CONTENT_TYPE, "application/json".to_owned()));
    headers
}

/// Reads what [`encode`] wrote. `subject` is the message's NATS subject, whose last three tokens hold the
/// category's remainder (type, app, tenant); `get` looks a header up.
pub fn decode<'a>(
    subject: &str,
    get: impl Fn(&'static str) -> Option<&'a str>,
    data: Bytes,
) -> Result<(Uuid, Recorded), HeaderError> {
    let need = |name: &'static str| get(name).ok_or(HeaderError { name });
    let mut tokens = subject.rsplit('.');
    let mut token = || tokens.next().ok_or(HeaderError { name: "subject" });
    let key_tenant = key(token()?)?;
    let key_app = key(token()?)?;
    let event_type = token()?.to_owned();
    let category = token()?.to_owned();
    let schema = need("ce-dataschema")?.rsplit(':').next().unwrap_or_default();
    let event = Recorded {
        position: Position::new(parse("ce-sequence", need("ce-sequence")?)?),
        event_id: parse("ce-id", need("ce-id")?)?,
        category,
        stream: need("ce-subject")?.to_owned(),
        version: parse("ce-streamversion", need("ce-streamversion")?)?,
        event_type,
        schema_version: parse("ce-dataschema", schema)?,
        recorded_at: parse("ce-time", need("ce-time")?)?,
        key_app,
        key_tenant,
        actor: Actor { kind: need("ce-actorkind")?.to_owned(), id: need("ce-actorid")?.to_owned() },
        command_id: parse("ce-commandid", need("ce-commandid")?)?,
        correlation_id: parse("ce-correlationid", need("ce-correlationid")?)?,
        causation_id: get("ce-causationid").map(|id| parse("ce-causationid", id)).transpose()?,
        traceparent: get(TRACEPARENT).map(str::to_owned),
        data,
    };
    Ok((parse(LOG, need(LOG)?)?, event))
}

fn key<T: std::str::FromStr>(token: &str) -> Result<Option<T>, HeaderError> {
    if token == "-" { Ok(None) } else { parse("subject", token).map(Some) }
}

fn parse<T: std::str::FromStr>(name: &'static str, text: &str) -> Result<T, HeaderError> {
    text.parse().map_err(|_| HeaderError { name })
}
