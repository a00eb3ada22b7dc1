//! The live events over HTTP, where nobody else says how far the log is.
//!
//! They are read as a sign that there is more, and read again as pages: so what a gap is, and what an event is, stands
//! in one place. Of server-sent events (HTML standard, 9.2) that takes two fields.

use std::time::Duration;

use async_nats::Client;
use chancery_wire::{Head, Position};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{
    ApiError,
    api::{Answer, Api},
    heads::Heads,
    page::PAGE,
};

/// How often NATS is looked at whether it still speaks. Nothing is sent for it.
const LOOK: Duration = Duration::from_millis(100);
/// Live events say something every second: without a word for this long the stream is taken for lost.
const SILENCE: Duration = Duration::from_secs(3);
/// Before the next attempt, after a failure.
const AGAIN: Duration = Duration::from_millis(250);
/// Bytes of a line that is looked at: those of a head are far shorter, and an event's data is not needed.
const LONGEST: usize = 1 << 10;

const ACTION: &str = "following the live events over HTTP";

/// What is said live, and by whom it is needed.
pub(super) struct Live {
    pub(super) api: Api,
    pub(super) heads: Heads,
    /// Who says it otherwise.
    pub(super) nats: Option<Client>,
    /// How far the readers are.
    pub(super) asked: tokio::sync::watch::Receiver<Position>,
}

impl Live {
    /// Follows the live events whenever nobody else says how far the log is.
    pub(super) async fn run(self) {
        let mut failing = false;
        loop {
            while !self.is_needed() {
                sleep(LOOK).await;
            }
            match self.follow().await {
                Ok(()) => failing = false,
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "the log's head is not known, trying again"
                        );
                    }
                    sleep(AGAIN).await;
                }
            }
        }
    }

    fn is_needed(&self) -> bool {
        self.nats.as_ref().is_none_or(|client| !self.heads.is_announced(client))
    }

    /// Until NATS speaks again, or the stream of events ends.
    async fn follow(&self) -> Result<(), ApiError> {
        let after = self.heads.seen().max(*self.asked.borrow());
        let mut answer = match open(&self.api, after).await {
            Err(error) if error.is("position_unknown") => {
                return examine(&self.api, &self.heads, after).await;
            }
            answer => answer?,
        };
        let (log_id, head) = (answer.log_id()?, answer.position()?);
        self.heads.answered(log_id).map_err(|expected| ApiError::OtherLog { expected, found: log_id })?;
        self.heads.ends(head);
        if head.since(after) > PAGE as u64 {
            // What happened long ago is read as pages; the next look is for what happens from now on.
            return Ok(());
        }
        let mut lines = Lines::default();
        loop {
            let chunk = tokio::select! {
                chunk = timeout(SILENCE, answer.chunk()) => chunk.map_err(|_| ApiError::Slow { action: ACTION })??,
                () = self.not_needed() => return Ok(()),
            };
            let Some(chunk) = chunk else { return Ok(()) };
            lines.read(&chunk, |said| match said {
                Said::Id(position) => self.heads.has(position),
                Said::Head(head) if head.log_id == log_id => self.heads.ends(head.position),
                Said::Head(_) => {}
            });
        }
    }

    async fn not_needed(&self) {
        if self.nats.is_none() {
            std::future::pending::<()>().await;
        }
        while self.is_needed() {
            sleep(LOOK).await;
        }
    }
}

async fn open(api: &Api, after: Position) -> Result<Answer, ApiError> {
    let request = api.get("v1/events", &[("after", &after.to_string())], "text/event-stream");
    Answer::to(request, ACTION).await
}

/// What was read is not in the API's log: it was replaced, or cut off.
pub(super) async fn examine(api: &Api, heads: &Heads, read: Position) -> Result<(), ApiError> {
    let answer = open(api, Position::START).await?;
    let (found, head): (Uuid, _) = (answer.log_id()?, answer.position()?);
    let expected = heads.log_id().unwrap_or(found);
    if found == expected && head >= read {
        // Another process of the API, which had not heard yet.
        return Ok(());
    }
    heads.replaced();
    if found == expected {
        return Err(ApiError::CutOff { read, head });
    }
    Err(ApiError::OtherLog { expected, found })
}

/// What a line of the stream says.
enum Said {
    /// Nothing that was asked for is missing up to here, and the log has it.
    Id(Position),
    Head(Head),
}

/// Lines out of chunks.
#[derive(Default)]
struct Lines {
    begun: Vec<u8>,
    /// Of the event that is being read, in the order in which it is written: id, event, data.
    is_head: bool,
}

impl Lines {
    fn read(&mut self, chunk: &[u8], mut said: impl FnMut(Said)) {
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST.saturating_sub(self.begun.len());
            self.begun.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.begun);
                if let Some(line) = self.line(line.trim_ascii_end()) {
                    said(line);
                }
            }
        }
    }

    fn line(&mut self, line: &[u8]) -> Option<Said> {
        let line = std::str::from_utf8(line).ok()?;
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => {
                self.is_head = false;
                None
            }
            "id" => value.parse().ok().map(Said::Id),
            "event" => {
                self.is_head = value == "head";
                None
            }
            "data" if self.is_head => serde_json::from_str(value).ok().map(Said::Head),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_and_positions_are_read_however_the_bytes_arrive() {
        let data = "x".repeat(5_000);
        let stream = format!(
            ":comment\n\nid: 7\nevent: event\ndata: {{\"position\":7,\"data\":\"{data}\"}}\n\nid: 7\r\nevent: head\r\n\
             data: {{\"log_id\":\"00000000-0000-0000-0000-000000000001\",\"position\":9,\"time\":\"2026-11-22T05:00:00Z\"}}\n\n\
             id:8\nevent: event\ndata: {{\"position\":99}}\n\nid: none\n"
        );
        for size in [1, 7, 1_000, stream.len()] {
            let (mut lines, mut told) = (Lines::default(), Vec::new());
            for chunk in stream.as_bytes().chunks(size) {
                lines.read(chunk, |said| {
                    told.push(match said {
                        Said::Id(position) => ("id", position.get()),
                        Said::Head(head) => ("head", head.position.get()),
                    });
                });
            }
            assert_eq!(told, [("id", 7), ("id", 7), ("head", 9), ("id", 8)], "chunks of {size}");
        }
    }
}
