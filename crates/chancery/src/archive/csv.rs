//! A row as a record of CSV, as RFC 4180 and Postgres have it: text in quotes, null as nothing at all.

use std::{borrow::Cow, fmt::Display, io::Write as _, str};

use anyhow::{Context as _, bail, ensure};
use chancery_journal::EVENT_COLUMNS;
use chancery_wire::audit::Row;
use uuid::Uuid;

use super::time::{self, Clock};

/// Appends the names of the columns.
pub(super) fn header(out: &mut Vec<u8>) {
    out.extend_from_slice(EVENT_COLUMNS.replace(", ", ",").as_bytes());
    out.push(b'\n');
}

/// Appends the record.
pub(super) fn write(row: &Row<'_>, clock: &mut Clock, out: &mut Vec<u8>) -> anyhow::Result<()> {
    plain(out, Some(row.position), b',');
    plain(out, Some(row.event_id), b',');
    text(out, Some(row.category.as_bytes()), b',');
    text(out, Some(row.stream.as_bytes()), b',');
    plain(out, Some(row.version), b',');
    text(out, Some(row.event_type.as_bytes()), b',');
    plain(out, Some(row.schema_version), b',');
    clock.write(row.recorded_at, out)?;
    out.push(b',');
    plain(out, row.key_app, b',');
    plain(out, row.key_tenant, b',');
    text(out, Some(row.actor_kind.as_bytes()), b',');
    text(out, Some(row.actor_id.as_bytes()), b',');
    plain(out, Some(row.command_id), b',');
    plain(out, Some(row.correlation_id), b',');
    plain(out, row.causation_id, b',');
    text(out, row.traceparent.as_ref().map(|text| text.as_bytes()), b',');
    text(out, Some(&row.data), b'\n');
    Ok(())
}

fn plain(out: &mut Vec<u8>, value: Option<impl Display>, end: u8) {
    if let Some(value) = value {
        // Writing to memory cannot fail.
        let _ = write!(out, "{value}");
    }
    out.push(end);
}

fn text(out: &mut Vec<u8>, value: Option<&[u8]>, end: u8) {
    if let Some(value) = value {
        out.push(b'"');
        for (number, part) in value.split(|byte| *byte == b'"').enumerate() {
            if number > 0 {
                out.extend_from_slice(b"\"\"");
            }
            out.extend_from_slice(part);
        }
        out.push(b'"');
    }
    out.push(end);
}

/// True where a record goes on behind this end of a line, because a text is still open.
pub(super) fn goes_on(record: &[u8]) -> bool {
    memchr::memchr_iter(b'"', record).count() % 2 == 1
}

/// Reads a record without its end.
pub(super) fn read(record: &[u8]) -> anyhow::Result<Row<'_>> {
    let mut fields = Fields(Some(record));
    let row = Row {
        position: fields.value()?,
        event_id: fields.value()?,
        category: fields.text()?,
        stream: fields.text()?,
        version: fields.value()?,
        event_type: fields.text()?,
        schema_version: fields.value()?,
        recorded_at: time::read(str::from_utf8(&fields.field()?.context("a field is missing")?)?)?,
        key_app: fields.maybe()?,
        key_tenant: fields.maybe()?,
        actor_kind: fields.text()?,
        actor_id: fields.text()?,
        command_id: fields.value()?,
        correlation_id: fields.value()?,
        causation_id: fields.maybe::<Uuid>()?,
        traceparent: fields.field()?.map(utf8).transpose()?,
        data: fields.field()?.context("a record has no data")?,
    };
    ensure!(fields.0.is_none(), "a record has too many fields");
    Ok(row)
}

/// What is left of a record.
struct Fields<'a>(Option<&'a [u8]>);

impl<'a> Fields<'a> {
    /// The next field; `None` where nothing stands.
    fn field(&mut self) -> anyhow::Result<Option<Cow<'a, [u8]>>> {
        let record = self.0.take().context("a record has too few fields")?;
        let Some(quoted) = record.strip_prefix(b"\"") else {
            let end = memchr::memchr(b',', record);
            self.0 = end.map(|end| &record[end + 1..]);
            let value = &record[..end.unwrap_or(record.len())];
            return Ok(Some(value).filter(|value| !value.is_empty()).map(Cow::Borrowed));
        };
        let mut value = Cow::Borrowed(&quoted[..0]);
        let mut at = 0;
        loop {
            let quote = at + memchr::memchr(b'"', &quoted[at..]).context("a text is not closed")?;
            let doubled = quoted.get(quote + 1) == Some(&b'"');
            let part = &quoted[at..quote + usize::from(doubled)];
            if value.is_empty() {
                value = Cow::Borrowed(part);
            } else {
                value.to_mut().extend_from_slice(part);
            }
            at = quote + 2;
            if !doubled {
                self.0 = match quoted.get(quote + 1) {
                    Some(b',') => Some(&quoted[at..]),
                    None => None,
                    Some(_) => bail!("something stands behind a text's end"),
                };
                return Ok(Some(value));
            }
        }
    }

    fn text(&mut self) -> anyhow::Result<Cow<'a, str>> {
        utf8(self.field()?.context("a field is missing")?)
    }

    fn maybe<T: str::FromStr>(&mut self) -> anyhow::Result<Option<T>>
    where
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.field()?.map(|field| Ok(str::from_utf8(&field)?.parse()?)).transpose()
    }

    fn value<T: str::FromStr>(&mut self) -> anyhow::Result<T>
    where
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.maybe()?.context("a field is missing")
    }
}

fn utf8(bytes: Cow<'_, [u8]>) -> anyhow::Result<Cow<'_, str>> {
    Ok(match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(str::from_utf8(bytes)?),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes)?),
    })
}
