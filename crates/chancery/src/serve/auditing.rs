//! The auditor's look at the stream: is what JetStream has what the log has? The relay looks at the last message when
//! it starts; this looks all the time, and also at what lies before, and whether there is a stream at all.

use std::time::Duration;

use anyhow::Context as _;
use async_nats::{
    Client, HeaderMap,
    jetstream::{
        self,
        stream::{Info, Stream},
    },
};
use chancery_journal::Journal;
use chancery_views::AuditBook;
use chancery_wire::{Position, Topology, headers};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::nats;

/// Messages that each look compares with the log, beside the first and the last.
const SAMPLES: u64 = 16;
/// How long a stream may be gone while somebody makes it anew.
const MADE_ANEW: Duration = Duration::from_secs(1);
/// What stands for a stream that is not there.
const MISSING: &str = "missing";

/// Compares the stream with the log every `interval`, unless another process does.
pub(super) struct StreamAuditor {
    pub(super) url: String,
    pub(super) client: Client,
    pub(super) topology: Topology,
    pub(super) journal: Journal,
    pub(super) log_id: Uuid,
    pub(super) interval: Duration,
    pub(super) stop: CancellationToken,
}

impl StreamAuditor {
    pub(super) async fn run(self) {
        let forever = async {
            loop {
                // NATS may be away for a while; that is the relay's to tell, and no difference: what was found last grows
                // old.
                if let Err(error) = self.look().await {
                    tracing::debug!(error = format!("{error:#}"), "the stream was not audited");
                }
                tokio::time::sleep(self.interval).await;
            }
        };
        self.stop.run_until_cancelled(forever).await;
    }

    async fn look(&self) -> anyhow::Result<()> {
        let Some(book) = AuditBook::open(&self.url, "stream").await? else { return Ok(()) };
        let found = self.find().await?;
        // After the stream: so a stream that is ahead really is.
        let head = self.journal.head().await?.position;
        let Some(stream) = found else {
            // The relay makes the first one.
            if head > Position::START {
                let difference = format!("there is no stream, and the log has {head} events");
                write(&book, MISSING, Position::START, Some(&difference)).await?;
            }
            return Ok(());
        };
        let info = stream.cached_info();
        // A stream that was deleted and made anew is another one.
        let identity = info.created.to_string();
        if let Some(difference) = log_differs(info, self.log_id) {
            // Also of the same stream once it says that it is this log's.
            let identity = format!("{identity} of another log");
            return write(&book, &identity, Position::START, Some(&difference)).await;
        }
        let (first, last) = (info.state.first_sequence, info.state.last_sequence);
        let mut difference = counts_differ(first, last, info.state.messages, head);
        if difference.is_none() && last > 0 {
            for sequence in sampled(last) {
                difference = self.message_differs(&stream, sequence).await?;
                if difference.is_some() {
                    break;
                }
            }
        }
        write(&book, &identity, Position::new(last), difference.as_deref()).await
    }

    /// The stream. Where there is none it is looked for once more: a reset deletes it before it makes the next.
    async fn find(&self) -> anyhow::Result<Option<Stream>> {
        let context = jetstream::new(self.client.clone());
        let look =
            async || nats::stream(&context, &self.topology.stream).await.context("looking at the stream");
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
        tokio::time::sleep(MADE_ANEW).await;
        look().await
    }

    /// Compares a message, envelope and body, with the event at its position.
    async fn message_differs(&self, stream: &Stream, sequence: u64) -> anyhow::Result<Option<String>> {
        let message = stream.get_raw_message(sequence).await;
        let message = message.with_context(|| format!("reading message {sequence} of the stream"))?;
        let event = self.journal.event(Position::new(sequence)).await?;
        let published = headers::decode(&message.subject, header(&message.headers), message.payload.clone());
        Ok(match (published, event) {
            (Ok((log_id, published)), Some(event)) if log_id == self.log_id && published == event => None,
            (Err(error), _) => Some(format!("message {sequence} is no event: {error}")),
            _ => Some(format!("message {sequence} is not the log's event {sequence}")),
        })
    }
}

fn header<'a>(headers: &'a HeaderMap) -> impl Fn(&'static str) -> Option<&'a str> {
    move |name| headers.get(name).map(async_nats::HeaderValue::as_str)
}

async fn write(
    book: &AuditBook,
    identity: &str,
    position: Position,
    difference: Option<&str>,
) -> anyhow::Result<()> {
    if let Some(difference) = difference {
        tracing::error!(difference, "the stream differs from the log: see `chancery relay status`");
    }
    Ok(book.write(identity, position, difference).await?)
}

/// What is wrong with whose events they are.
fn log_differs(info: &Info, log_id: Uuid) -> Option<String> {
    let told = info.config.metadata.get(Topology::LOG_ID_KEY);
    if told.and_then(|told| told.parse().ok()) == Some(log_id) {
        return None;
    }
    let whose = told.map_or_else(|| "no log".to_owned(), |told| format!("log {told}"));
    Some(format!("the stream says that it is of {whose}, this is log {log_id}"))
}

/// What is wrong with how much there is: the log begins at 1 and has no holes, and neither does the stream as far as it goes.
fn counts_differ(first: u64, last: u64, messages: u64, head: Position) -> Option<String> {
    if last > head.get() {
        return Some(format!("the stream ends at {last}, the log at {head}"));
    }
    let whole = first <= 1 && messages == last;
    (!whole).then(|| format!("the stream has {messages} messages from {first} to {last}"))
}

/// The first, the last, and others at random: whatever is wrong with a part of the stream is found sooner or later.
fn sampled(last: u64) -> impl Iterator<Item = u64> {
    let within = (0..SAMPLES.min(last)).map(move |_| 1 + Uuid::new_v4().as_u64_pair().1 % last);
    [1, last].into_iter().chain(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_is_ahead_or_has_holes_differs() {
        let head = Position::new(10);
        assert_eq!(counts_differ(1, 10, 10, head), None);
        assert_eq!(counts_differ(1, 7, 7, head), None, "the relay is behind, and nothing is wrong");
        assert_eq!(counts_differ(0, 0, 0, head), None, "nothing was published yet");
        assert!(counts_differ(5, 10, 6, head).is_some(), "the beginning was removed");
        assert!(counts_differ(11, 10, 0, head).is_some(), "everything was purged");
        assert!(counts_differ(1, 11, 11, head).is_some());
        assert!(counts_differ(1, 10, 9, head).is_some());
    }
}
