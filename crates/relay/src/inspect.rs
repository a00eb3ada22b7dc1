//! Compares the stream with the log. Everything that decides whether the relay may publish is decided here, and
//! `chancery relay status` asks the same.

use async_nats::{
    Client,
    jetstream::{
        Context, ErrorCode,
        context::GetStreamErrorKind,
        stream::{Info, Stream},
    },
};
use chancery_journal::{Head, Journal};
use chancery_wire::{Position, Topology, headers};
use uuid::Uuid;

use crate::{Refusal, RelayError, stream};

/// The oldest server that keeps what the stream promises: major, minor and patch.
pub const OLDEST_SERVER: (i64, i64, i64) = (2, 14, 0);

/// The smallest message, in bytes, that a server must take. An event is at most 256 KiB, its headers a few more; twice that
/// leaves room.
pub const LEAST_PAYLOAD: usize = 512 * 1024;

/// What was found.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// The log's head, read after the stream: so a stream that is ahead of it really is.
    pub(crate) log: Head,
    pub(crate) stream: Option<Info>,
    /// The position after which to publish.
    pub(crate) verdict: Result<Position, Refusal>,
}

/// Looks at the server, the stream and the stream's last message.
pub(crate) async fn inspect(
    jetstream: &Context,
    journal: &Journal,
    topology: &Topology,
    replicas: usize,
) -> Result<Inspection, RelayError> {
    let found = find(jetstream, &topology.stream).await?;
    let log = journal.head().await?;
    let verdict = match (server_fit(&jetstream.client()), &found) {
        (Err(refusal), _) => Err(refusal),
        (Ok(()), None) => Err(Refusal::StreamMissing),
        (Ok(()), Some(found)) => match stream_fit(found.cached_info(), topology, &log, replicas) {
            Ok(last) => same_event(found, journal, &log, last).await?,
            Err(refusal) => Err(refusal),
        },
    };
    Ok(Inspection { log, stream: found.map(|found| found.cached_info().clone()), verdict })
}

/// The stream, if there is one.
pub(crate) async fn find(jetstream: &Context, name: &str) -> Result<Option<Stream>, RelayError> {
    match jetstream.get_stream(name).await {
        Ok(found) => Ok(Some(found)),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(reply) if reply.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                Ok(None)
            }
            _ => Err(RelayError::nats("looking at the stream")(error)),
        },
    }
}

fn server_fit(client: &Client) -> Result<(), Refusal> {
    let info = client.server_info();
    let (major, minor, patch) = OLDEST_SERVER;
    if !client.is_server_compatible(major, minor, patch) {
        return Err(Refusal::ServerTooOld { version: info.version });
    }
    if info.max_payload < LEAST_PAYLOAD {
        return Err(Refusal::PayloadTooSmall { max_payload: info.max_payload });
    }
    Ok(())
}

fn stream_fit(found: &Info, topology: &Topology, log: &Head, replicas: usize) -> Result<Position, Refusal> {
    let told = stream::log_id(&found.config);
    if told != Some(log.log_id) {
        return Err(Refusal::OtherLog { found: told, log_id: log.log_id });
    }
    let asked = stream::config(topology, log.log_id, replicas);
    let differences = stream::differences(&asked, &found.config);
    if !differences.is_empty() {
        return Err(Refusal::ConfigDiffers { differences });
    }
    let state = &found.state;
    if state.messages != state.last_sequence || state.first_sequence > 1 {
        let (messages, first, last) = (state.messages, state.first_sequence, state.last_sequence);
        return Err(Refusal::Incomplete { messages, first, last });
    }
    let last = Position::new(state.last_sequence);
    if last > log.position {
        return Err(Refusal::Ahead { last, head: log.position });
    }
    Ok(last)
}

/// Compares the stream's last message with the log's event at its position.
async fn same_event(
    found: &Stream,
    journal: &Journal,
    log: &Head,
    last: Position,
) -> Result<Result<Position, Refusal>, RelayError> {
    if last == Position::START {
        return Ok(Ok(last));
    }
    let message = found
        .get_raw_message(last.get())
        .await
        .map_err(RelayError::nats("reading the stream's last message"))?;
    let header = |name: &str| message.headers.get(name).and_then(|value| value.as_str().parse::<Uuid>().ok());
    let told = header(headers::LOG);
    if told != Some(log.log_id) {
        return Ok(Err(Refusal::OtherLog { found: told, log_id: log.log_id }));
    }
    let event = journal.event(last).await?;
    if event.map(|event| event.event_id) == header("ce-id") {
        Ok(Ok(last))
    } else {
        Ok(Err(Refusal::Diverged { position: last }))
    }
}
