//! A row as a line of JSON.

use std::borrow::Cow;

use anyhow::{Context as _, ensure};
use chancery_wire::audit::Row;
use memchr::{memchr2, memmem};
use serde::Deserialize;
use uuid::Uuid;

use super::time::{self, Clock};

/// What stands before the data. Within the envelope's texts quotes are escaped, so the first is the right one.
const DATA: &[u8] = b",\"data\":";

/// Appends the line.
pub(super) fn write(row: &Row<'_>, clock: &mut Clock, out: &mut Vec<u8>) -> anyhow::Result<()> {
    ensure!(
        memchr2(b'\n', b'\r', &row.data).is_none(),
        "the data at position {} has a line break, which a line cannot hold; --format csv can",
        row.position
    );
    number(out, "{\"position\":", row.position);
    uuid(out, ",\"event_id\":", Some(&row.event_id));
    text(out, ",\"category\":", Some(&row.category));
    text(out, ",\"stream\":", Some(&row.stream));
    number(out, ",\"version\":", row.version);
    text(out, ",\"type\":", Some(&row.event_type));
    number(out, ",\"schema_version\":", row.schema_version);
    out.extend_from_slice(b",\"recorded_at\":\"");
    clock.write(row.recorded_at, out)?;
    out.push(b'"');
    uuid(out, ",\"key_app\":", row.key_app.as_ref());
    match row.key_tenant {
        Some(tenant) => number(out, ",\"key_tenant\":", tenant),
        None => out.extend_from_slice(b",\"key_tenant\":null"),
    }
    text(out, ",\"actor_kind\":", Some(&row.actor_kind));
    text(out, ",\"actor_id\":", Some(&row.actor_id));
    uuid(out, ",\"command_id\":", Some(&row.command_id));
    uuid(out, ",\"correlation_id\":", Some(&row.correlation_id));
    uuid(out, ",\"causation_id\":", row.causation_id.as_ref());
    text(out, ",\"traceparent\":", row.traceparent.as_deref());
    out.extend_from_slice(DATA);
    out.extend_from_slice(&row.data);
    out.extend_from_slice(b"}\n");
    Ok(())
}

fn number(out: &mut Vec<u8>, name: &str, value: impl itoa::Integer) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn uuid(out: &mut Vec<u8>, name: &str, value: Option<&Uuid>) {
    out.extend_from_slice(name.as_bytes());
    match value {
        Some(id) => {
            out.push(b'"');
            out.extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
            out.push(b'"');
        }
        None => out.extend_from_slice(b"null"),
    }
}

fn text(out: &mut Vec<u8>, name: &str, value: Option<&str>) {
    out.extend_from_slice(name.as_bytes());
    match value {
        Some(plain) if plain.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') => {
            out.push(b'"');
            out.extend_from_slice(plain.as_bytes());
            out.push(b'"');
        }
        Some(other) => {
            // Writing a text to memory cannot fail.
            let _ = serde_json::to_writer(&mut *out, other);
        }
        None => out.extend_from_slice(b"null"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    position: i64,
    event_id: Uuid,
    #[serde(borrow)]
    category: Cow<'a, str>,
    #[serde(borrow)]
    stream: Cow<'a, str>,
    version: i64,
    #[serde(borrow, rename = "type")]
    event_type: Cow<'a, str>,
    schema_version: i32,
    #[serde(borrow)]
    recorded_at: Cow<'a, str>,
    key_app: Option<Uuid>,
    key_tenant: Option<i64>,
    #[serde(borrow)]
    actor_kind: Cow<'a, str>,
    #[serde(borrow)]
    actor_id: Cow<'a, str>,
    command_id: Uuid,
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
    #[serde(borrow)]
    traceparent: Option<Cow<'a, str>>,
}

/// Reads a line without its end. `envelope` is room for the line's first part.
pub(super) fn read<'a>(line: &'a [u8], envelope: &'a mut Vec<u8>) -> anyhow::Result<Row<'a>> {
    let at = memmem::find(line, DATA).context("a line has no data")?;
    let data = line[at + DATA.len()..].strip_suffix(b"}").context("a line does not end")?;
    envelope.clear();
    envelope.extend_from_slice(&line[..at]);
    envelope.push(b'}');
    let envelope: Envelope<'_> = serde_json::from_slice(envelope)?;
    Ok(Row {
        position: envelope.position,
        event_id: envelope.event_id,
        category: envelope.category,
        stream: envelope.stream,
        version: envelope.version,
        event_type: envelope.event_type,
        schema_version: envelope.schema_version,
        recorded_at: time::read(&envelope.recorded_at)?,
        key_app: envelope.key_app,
        key_tenant: envelope.key_tenant,
        actor_kind: envelope.actor_kind,
        actor_id: envelope.actor_id,
        command_id: envelope.command_id,
        correlation_id: envelope.correlation_id,
        causation_id: envelope.causation_id,
        traceparent: envelope.traceparent,
        data: data.into(),
    })
}
