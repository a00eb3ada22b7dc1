//! A row as a record of CSV, as RFC 4180 and Postgres have it: text in quotes, null as nothing at all.

use std::{
    borrow::Cow,
    fmt::{self, Display, Write as _},
    io::Write as _,
    str,
};

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

/// Reads a record without its end, in the one spelling that is written.
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
        recorded_at: time::read(fields.plain()?.context("a field is missing")?)?,
        key_app: fields.maybe()?,
        key_tenant: fields.maybe()?,
        actor_kind: fields.text()?,
        actor_id: fields.text()?,
        command_id: fields.value()?,
        correlation_id: fields.value()?,
        causation_id: fields.maybe::<Uuid>()?,
        traceparent: fields.quoted()?.map(utf8).transpose()?,
        data: fields.quoted()?.context("a record has no data")?,
    };
    ensure!(fields.0.is_none(), "a record has too many fields");
    Ok(row)
}

/// What is left of a record.
struct Fields<'a>(Option<&'a [u8]>);

impl<'a> Fields<'a> {
    /// The next field, without quotes; `None` where nothing stands.
    fn plain(&mut self) -> anyhow::Result<Option<&'a str>> {
        let record = self.0.take().context("a record has too few fields")?;
        let end = memchr::memchr(b',', record);
        self.0 = end.map(|end| &record[end + 1..]);
        let value = str::from_utf8(&record[..end.unwrap_or(record.len())])?;
        Ok(Some(value).filter(|value| !value.is_empty()))
    }

    /// The next field, in quotes; `None` where nothing stands.
    fn quoted(&mut self) -> anyhow::Result<Option<Cow<'a, [u8]>>> {
        let record = self.0.context("a record has too few fields")?;
        let Some(quoted) = record.strip_prefix(b"\"") else {
            let nothing = self.plain()?;
            ensure!(nothing.is_none(), "a text is not in quotes");
            return Ok(None);
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
        utf8(self.quoted()?.context("a field is missing")?)
    }

    /// A number or an id.
    fn maybe<T: str::FromStr + Display>(&mut self) -> anyhow::Result<Option<T>>
    where
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let Some(text) = self.plain()? else { return Ok(None) };
        let value = text.parse()?;
        // No hash covers how it is spelled.
        let mut spelling = Spelling(text);
        let same = write!(spelling, "{value}").is_ok() && spelling.0.is_empty();
        ensure!(same, "{text} is {value} in another spelling");
        Ok(Some(value))
    }

    fn value<T: str::FromStr + Display>(&mut self) -> anyhow::Result<T>
    where
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.maybe()?.context("a field is missing")
    }
}

/// What is left of a text while the same is written once more.
struct Spelling<'a>(&'a str);

impl fmt::Write for Spelling<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

fn utf8(bytes: Cow<'_, [u8]>) -> anyhow::Result<Cow<'_, str>> {
    Ok(match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(str::from_utf8(bytes)?),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes)?),
    })
}
