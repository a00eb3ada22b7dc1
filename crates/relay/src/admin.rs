//! What an operator asks about the stream and does to it: `chancery relay status` and `chancery relay reset`.

use async_nats::{
    Client,
    jetstream::{
        Context, ErrorCode,
        context::{CreateStreamErrorKind, DeleteStreamErrorKind},
    },
};
use chancery_journal::Journal;
use chancery_wire::{Position, Topology};
use serde::Serialize;
use uuid::Uuid;

use crate::{RelayError, inspect::inspect, relay::jetstream, stream};

/// The stream beside the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusReport {
    /// Of the log.
    pub log_id: Uuid,
    /// The log's last position.
    pub head: Position,
    pub stream: String,
    /// What the stream says it holds.
    pub stream_log_id: Option<Uuid>,
    pub first_sequence: Option<u64>,
    pub last_sequence: Option<u64>,
    pub messages: Option<u64>,
    pub bytes: Option<u64>,
    /// Copies of each message.
    pub replicas: Option<usize>,
    /// What of its configuration breaks a promise to the log, each as a sentence's part.
    pub differences: Vec<String>,
    /// Events that the stream does not have yet.
    pub lag: u64,
    /// `in_step`, or the code of a [`crate::Refusal`].
    pub verdict: &'static str,
    /// What to do, unless it is in step.
    pub advice: Option<String>,
}

/// Compares the stream with the log and changes nothing. A relay that runs does the same before it publishes.
pub async fn status(
    client: &Client,
    journal: &Journal,
    topology: &Topology,
    replicas: usize,
) -> Result<StatusReport, RelayError> {
    client.flush().await.map_err(RelayError::nats("connecting"))?;
    let found = inspect(&jetstream(client), journal, topology, replicas).await?;
    let state = found.stream.as_ref().map(|stream| &stream.state);
    let last = state.map(|state| state.last_sequence);
    let config = found.stream.as_ref().map(|stream| &stream.config);
    let asked = stream::config(topology, found.log.log_id, replicas);
    Ok(StatusReport {
        log_id: found.log.log_id,
        head: found.log.position,
        stream: topology.stream.clone(),
        stream_log_id: config.and_then(stream::log_id),
        first_sequence: state.map(|state| state.first_sequence),
        last_sequence: last,
        messages: state.map(|state| state.messages),
        bytes: state.map(|state| state.bytes),
        replicas: config.map(|config| config.num_replicas),
        differences: config.map(|config| stream::differences(&asked, config)).unwrap_or_default(),
        lag: found.log.position.since(Position::new(last.unwrap_or_default())),
        verdict: found.verdict.as_ref().map_or_else(crate::Refusal::code, |_| "in_step"),
        advice: found.verdict.err().map(|refusal| refusal.to_string()),
    })
}

/// Deletes the stream, whatever it holds, and makes it anew for this log. A relay that runs publishes the log into
/// it from position 1; consumers that keep their position go on undisturbed.
pub async fn reset(
    client: &Client,
    journal: &Journal,
    topology: &Topology,
    replicas: usize,
) -> Result<StatusReport, RelayError> {
    let jetstream = jetstream(client);
    // The log is asked first: without its id the stream could not be made again.
    let log_id = journal.head().await?.log_id;
    if let Err(error) = jetstream.delete_stream(&topology.stream).await {
        let missing = matches!(
            error.kind(),
            DeleteStreamErrorKind::JetStream(reply) if reply.error_code() == ErrorCode::STREAM_NOT_FOUND
        );
        if !missing {
            return Err(RelayError::nats("deleting the stream")(error));
        }
    }
    create(&jetstream, topology, log_id, replicas).await?;
    status(client, journal, topology, replicas).await
}

/// Makes the stream. Where somebody else did at the same moment, theirs is looked at like any other.
pub(crate) async fn create(
    jetstream: &Context,
    topology: &Topology,
    log_id: Uuid,
    replicas: usize,
) -> Result<(), RelayError> {
    match jetstream.create_stream(stream::config(topology, log_id, replicas)).await {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            CreateStreamErrorKind::JetStream(reply) if reply.error_code() == ErrorCode::STREAM_NAME_EXIST => {
                Ok(())
            }
            _ => Err(RelayError::nats("making the stream")(error)),
        },
    }
}
