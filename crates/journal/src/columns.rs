//! A batch as the arrays of the procedure `append_behind`, borrowed from its commands.

use std::{collections::HashMap, sync::Arc};

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use crate::{Append, NewEvent, known::Sure};

/// One field a parameter, in the order of `append_behind.sql`.
#[derive(Default)]
pub(crate) struct Columns<'a> {
    c_id: Vec<Uuid>,
    c_request: Vec<&'a [u8]>,
    c_status: Vec<i16>,
    c_answer: Vec<&'a str>,
    c_events: Vec<i32>,
    c_offset: Vec<i64>,
    s_stream: Vec<&'a str>,
    s_version: Vec<i64>,
    s_known: Vec<bool>,
    x_command: Vec<i32>,
    x_stream: Vec<i32>,
    e_command: Vec<i32>,
    e_offset: Vec<i64>,
    e_id: Vec<Uuid>,
    e_category: Vec<&'a str>,
    e_stream: Vec<&'a str>,
    e_version: Vec<i64>,
    e_type: Vec<&'a str>,
    e_schema: Vec<i32>,
    e_app: Vec<Option<Uuid>>,
    e_tenant: Vec<Option<i64>>,
    e_actor_kind: Vec<&'a str>,
    e_actor_id: Vec<&'a str>,
    e_command_id: Vec<Uuid>,
    e_correlation: Vec<Uuid>,
    e_causation: Vec<Option<Uuid>>,
    e_trace: Vec<Option<&'a str>>,
    e_data: Vec<RawJson<'a>>,
    /// Absent but for a command that travels alone.
    u_app: Option<Vec<Uuid>>,
    u_type: Option<Vec<&'a str>>,
    u_after: Option<Vec<i64>>,
    h_known: Option<i64>,
    h_before: Option<i64>,
    h_first: Option<Uuid>,
    h_last: Option<Uuid>,
}

/// A stream of the batch: its place in `s_`, and the version after the events counted so far.
struct Stream {
    number: i32,
    version: u64,
}

impl<'a> Columns<'a> {
    /// The events' versions are counted here from the touches, so no caller can get them wrong.
    pub(crate) fn of(commands: &'a [Arc<Append>], sure: &Sure) -> Self {
        let mut columns = Self {
            h_known: sure.head,
            h_before: sure.ahead.as_ref().map(|ahead| ahead.before),
            h_first: sure.ahead.as_ref().map(|ahead| ahead.first),
            h_last: sure.ahead.as_ref().map(|ahead| ahead.last),
            ..Self::default()
        };
        let (mut streams, mut known) = (HashMap::new(), sure.touches.iter().copied());
        for (number, command) in (1..).zip(commands) {
            columns.push(number, command, &mut known, &mut streams);
        }
        columns
    }

    fn push(
        &mut self,
        number: i32,
        command: &'a Append,
        known: &mut impl Iterator<Item = bool>,
        streams: &mut HashMap<&'a str, Stream>,
    ) {
        for (touch, known) in command.touches.iter().zip(known) {
            let stream = streams.entry(&touch.stream).or_insert_with(|| {
                self.s_stream.push(&touch.stream);
                self.s_version.push(touch.version.cast_signed());
                self.s_known.push(known);
                Stream { number: length(&self.s_stream), version: touch.version }
            });
            self.x_command.push(number);
            self.x_stream.push(stream.number);
        }
        for event in &command.events {
            let version = streams.get_mut(event.stream.as_str()).map_or(0, |stream| {
                stream.version += 1;
                stream.version
            });
            self.push_event(number, command, event, version);
        }
        for unless in &command.unless {
            for event_type in unless.event_types {
                self.u_app.get_or_insert_default().push(unless.key_app);
                self.u_type.get_or_insert_default().push(event_type);
                self.u_after.get_or_insert_default().push(unless.after.as_i64());
            }
        }
        self.c_id.push(command.command_id);
        self.c_request.push(&command.request_hash);
        self.c_status.push(command.status.cast_signed());
        self.c_answer.push(&command.answer);
        self.c_events.push(length(&command.events));
        self.c_offset.push(length(&self.e_id).into());
    }

    fn push_event(&mut self, number: i32, command: &'a Append, event: &'a NewEvent, version: u64) {
        self.e_command.push(number);
        self.e_id.push(event.event_id);
        self.e_offset.push(length(&self.e_id).into());
        self.e_category.push(event.category);
        self.e_stream.push(&event.stream);
        self.e_version.push(version.cast_signed());
        self.e_type.push(event.event_type);
        self.e_schema.push(event.schema_version.cast_signed());
        self.e_app.push(event.key_app);
        self.e_tenant.push(event.key_tenant.map(u64::cast_signed));
        self.e_actor_kind.push(&command.actor.kind);
        self.e_actor_id.push(&command.actor.id);
        self.e_command_id.push(command.command_id);
        self.e_correlation.push(command.correlation_id);
        self.e_causation.push(command.causation_id);
        self.e_trace.push(command.traceparent.as_deref());
        self.e_data.push(RawJson(&event.data));
    }

    pub(crate) fn parameters(&self) -> [&(dyn ToSql + Sync); 35] {
        [
            &self.c_id,
            &self.c_request,
            &self.c_status,
            &self.c_answer,
            &self.c_events,
            &self.c_offset,
            &self.s_stream,
            &self.s_version,
            &self.s_known,
            &self.x_command,
            &self.x_stream,
            &self.e_command,
            &self.e_offset,
            &self.e_id,
            &self.e_category,
            &self.e_stream,
            &self.e_version,
            &self.e_type,
            &self.e_schema,
            &self.e_app,
            &self.e_tenant,
            &self.e_actor_kind,
            &self.e_actor_id,
            &self.e_command_id,
            &self.e_correlation,
            &self.e_causation,
            &self.e_trace,
            &self.e_data,
            &self.u_app,
            &self.u_type,
            &self.u_after,
            &self.h_known,
            &self.h_before,
            &self.h_first,
            &self.h_last,
        ]
    }
}

/// A batch is bounded far below the range of `i32`.
fn length<T>(of: &[T]) -> i32 {
    i32::try_from(of.len()).unwrap_or(i32::MAX)
}

/// JSON text that goes into a `json` column as it is; the client library has only a parsed form of its own.
#[derive(Debug)]
pub(crate) struct RawJson<'a>(pub(crate) &'a str);

impl ToSql for RawJson<'_> {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSON
    }

    to_sql_checked!();
}
