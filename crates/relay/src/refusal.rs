//! Why a stream, or the server that holds it, is not published to.

use chancery_wire::Position;
use uuid::Uuid;

/// What a human must look at. The text says what to do; the code is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the NATS server is version {version}; run 2.14 or newer")]
    ServerTooOld { version: String },
    #[error(
        "the NATS server takes messages of at most {max_payload} bytes; set max_payload to 512KB or more"
    )]
    PayloadTooSmall { max_payload: usize },
    #[error(
        "there is no stream: a relay that starts makes it, but one that lost it while running waits for \
         `chancery relay reset`, which publishes the whole log again; consumers do not notice"
    )]
    StreamMissing,
    #[error(
        "the stream is configured otherwise than the log needs it: {}; correct it, or let `chancery relay reset` make \
         the stream anew", .differences.join("; ")
    )]
    ConfigDiffers { differences: Vec<String> },
    #[error(
        "the stream belongs to {}, this log is {log_id}; point the relay at its own stream or NATS account, or \
         run `chancery relay reset` if the other log is given up", other(.found.as_ref())
    )]
    OtherLog { found: Option<Uuid>, log_id: Uuid },
    #[error(
        "the stream holds {messages} messages from sequence {first} to {last}, so some were purged or lost; run \
         `chancery relay reset`"
    )]
    Incomplete { messages: u64, first: u64, last: u64 },
    #[error(
        "the stream ends at {last}, the log at {head}: the log was restored to an earlier point; run `chancery \
         relay reset --new-log-id`, and rebuild every consumer that was past {head}"
    )]
    Ahead { last: Position, head: Position },
    #[error(
        "at position {position} the stream holds another event than the log: the log was restored to an earlier \
         point and went on; run `chancery relay reset --new-log-id`, and rebuild every consumer"
    )]
    Diverged { position: Position },
    #[error(
        "NATS did not acknowledge what was published; check that the relay's user may publish to the stream's \
         subjects and that the stream has a leader"
    )]
    NotAcknowledged,
    #[error("NATS refused to store an event: {reason}")]
    PublishRejected { reason: String },
}

impl Refusal {
    /// A stable name, for `/readyz`, metrics and scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ServerTooOld { .. } => "nats_too_old",
            Self::PayloadTooSmall { .. } => "max_payload_too_small",
            Self::StreamMissing => "stream_missing",
            Self::ConfigDiffers { .. } => "stream_config_differs",
            Self::OtherLog { .. } => "stream_of_other_log",
            Self::Incomplete { .. } => "stream_incomplete",
            Self::Ahead { .. } => "stream_ahead_of_log",
            Self::Diverged { .. } => "stream_diverged",
            Self::NotAcknowledged => "publish_not_acknowledged",
            Self::PublishRejected { .. } => "publish_rejected",
        }
    }
}

fn other(found: Option<&Uuid>) -> String {
    found.map_or_else(|| "no log of Chancery".to_owned(), |log| format!("log {log}"))
}
