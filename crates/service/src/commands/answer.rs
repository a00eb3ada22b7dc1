//! What a command answers, fresh and to a retry.

use chancery_journal::StoredCommand;
use chancery_wire::Position;
use jiff::Timestamp;

/// The answer to a command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// JSON.
    pub body: String,
    /// The command's last position; the head, where it changed nothing.
    pub position: Position,
    /// The version of the stream that the answer is about; not known in a replay.
    pub stream_version: Option<u64>,
    /// True where the command had been carried out before.
    pub replayed: bool,
}

/// Stands in an answer for the time of its own command, which only the append knows. No other time is that early.
pub(super) const PENDING: Timestamp = chancery_domain::Stamp::UNRECORDED;

impl Answer {
    /// The answer to a retry: what was kept, without any secret.
    pub(super) fn replayed(stored: &StoredCommand) -> Self {
        Self {
            status: stored.status,
            body: at(&stored.answer, stored.recorded_at),
            position: stored.last_position,
            stream_version: None,
            replayed: true,
        }
    }
}

/// Puts the time in, under `at` and every name that ends so. The quotation marks around it are what no text of a
/// client can imitate: inside a JSON string they would be escaped.
pub(super) fn at(body: &str, recorded_at: Timestamp) -> String {
    body.replace(&format!("at\":\"{PENDING}\""), &format!("at\":\"{recorded_at}\""))
}
