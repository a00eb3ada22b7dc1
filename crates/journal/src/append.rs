//! A command on its way into the log, and the one statement that carries a batch of them.

use bytes::BytesMut;
use chancery_wire::{Actor, Position};
use jiff::Timestamp;
use tokio_postgres::{
    Client, Row, Statement,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use uuid::Uuid;

/// One command: what it read, what it writes, and the answer that a retry will get.
#[derive(Debug, Clone)]
pub struct Append {
    /// Unique for the log's life.
    pub command_id: Uuid,
    /// SHA-256 of the request.
    pub request_hash: [u8; 32],
    /// HTTP status of the answer.
    pub status: u16,
    /// Body of the answer, without any secret.
    pub answer: String,
    pub actor: Actor,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
    pub traceparent: Option<String>,
    /// Every stream that the command wrote or only read, once, with the version it was decided on.
    pub touches: Vec<Touch>,
    /// In the order of the log. Each one's stream stands in `touches`.
    pub events: Vec<NewEvent>,
}

/// A stream and the version that it must still have. A stream that has no event is at version 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    pub stream: String,
    pub version: u64,
}

/// An event to append. Its version follows from the stream's [`Touch`].
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub event_id: Uuid,
    pub category: &'static str,
    pub stream: String,
    pub event_type: &'static str,
    pub schema_version: u32,
    pub key_app: Option<Uuid>,
    pub key_tenant: Option<u64>,
    /// Proto3 JSON.
    pub data: String,
}

/// Where an accepted command's events stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The command's last event; the head, where it changed nothing.
    pub position: Position,
    pub recorded_at: Timestamp,
}

/// What the log said of one command of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accepted(Appended),
    Seen,
    Stale,
    /// An earlier command of the batch writes a stream that this one touches: it belongs in the next batch.
    Waiting,
}

pub(crate) const CALL: &str = include_str!("append.sql");

/// Sends one batch. The events' versions are counted here from the touches, so no caller can get them wrong.
pub(crate) async fn call(
    client: &Client,
    statement: &Statement,
    commands: &[&Append],
) -> Result<Vec<Outcome>, tokio_postgres::Error> {
    let columns = Columns::of(commands);
    let row = client.query_one(statement, &columns.parameters()).await?;
    Ok(outcomes(&row, commands))
}

fn outcomes(row: &Row, commands: &[&Append]) -> Vec<Outcome> {
    let codes: Vec<i16> = row.get(0);
    let mut position = Position::from_i64(row.get(1));
    let recorded_at: Timestamp = row.get(2);
    let one = |(code, command): (i16, &&Append)| match code {
        0 => {
            position = Position::new(position.get() + command.events.len() as u64);
            Outcome::Accepted(Appended { position, recorded_at })
        }
        1 => Outcome::Seen,
        2 => Outcome::Stale,
        _ => Outcome::Waiting,
    };
    codes.into_iter().zip(commands).map(one).collect()
}

/// The batch as the procedure's arrays, borrowed from the commands.
#[derive(Default)]
struct Columns<'a> {
    c_id: Vec<Uuid>,
    c_request: Vec<&'a [u8]>,
    c_status: Vec<i16>,
    c_answer: Vec<&'a str>,
    c_events: Vec<i32>,
    x_command: Vec<i32>,
    x_stream: Vec<&'a str>,
    x_version: Vec<i64>,
    x_writes: Vec<bool>,
    e_command: Vec<i32>,
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
}

impl<'a> Columns<'a> {
    fn of(commands: &[&'a Append]) -> Self {
        let mut columns = Self::default();
        for (number, command) in (1..).zip(commands) {
            columns.push(number, command);
        }
        columns
    }

    fn push(&mut self, number: i32, command: &'a Append) {
        self.c_id.push(command.command_id);
        self.c_request.push(&command.request_hash);
        self.c_status.push(command.status.cast_signed());
        self.c_answer.push(&command.answer);
        self.c_events.push(i32::try_from(command.events.len()).unwrap_or(i32::MAX));
        // A command touches a handful of streams, or one each of its events: `next` finds its own soon.
        let first_touch = self.x_stream.len();
        for touch in &command.touches {
            self.x_command.push(number);
            self.x_stream.push(&touch.stream);
            self.x_version.push(touch.version.cast_signed());
            self.x_writes.push(false);
        }
        let mut next: Vec<u64> = command.touches.iter().map(|touch| touch.version).collect();
        let mut recent = 0;
        for event in &command.events {
            let touched = &command.touches;
            let offset =
                (recent..touched.len()).chain(0..recent).find(|at| touched[*at].stream == event.stream);
            let version = offset.map_or(0, |at| {
                recent = at;
                self.x_writes[first_touch + at] = true;
                next[at] += 1;
                next[at]
            });
            self.push_event(number, command, event, version);
        }
    }

    fn push_event(&mut self, number: i32, command: &'a Append, event: &'a NewEvent, version: u64) {
        self.e_command.push(number);
        self.e_id.push(event.event_id);
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

    fn parameters(&self) -> [&(dyn ToSql + Sync); 25] {
        [
            &self.c_id,
            &self.c_request,
            &self.c_status,
            &self.c_answer,
            &self.c_events,
            &self.x_command,
            &self.x_stream,
            &self.x_version,
            &self.x_writes,
            &self.e_command,
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
        ]
    }
}

/// JSON text that goes into a `json` column as it is; the client library has only a parsed form of its own.
#[derive(Debug)]
struct RawJson<'a>(&'a str);

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
