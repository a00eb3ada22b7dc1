//! Events as newline-delimited JSON, from a position up to the head at the start.

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::Response,
};
use chancery_journal::Filter;
use chancery_wire::Position;
use futures_util::stream;

use super::{
    super::{Service, problem::Problem},
    EventQuery,
    query::Sentences,
};

/// Events in memory at once.
const PAGE: usize = 250;

struct Lines {
    service: Service,
    filter: Filter,
    sentences: Sentences,
    after: Position,
    until: Position,
}

/// The answer broke off. Whoever reads sees that it did: the last chunk is missing.
#[derive(Debug, thiserror::Error)]
#[error("reading events failed in the middle of an answer")]
struct Broken;

pub(super) async fn answer(service: &Service, query: &EventQuery) -> Result<Response, Problem> {
    query.has_no_pages()?;
    let after = query.after(service).await?;
    let filter = query.filter(service).await?;
    let head = service.journal.head().await?.position;
    let until = filter.through.map_or(head, |through| through.min(head));
    let lines = Lines { service: service.clone(), filter, sentences: query.sentences(), after, until };
    let chunks = stream::try_unfold(lines, |mut lines| async move {
        let chunk = lines.next().await.map_err(|_| Broken)?;
        Ok::<_, Broken>(chunk.map(|chunk| (chunk, lines)))
    });
    let mut response = service.at(until, Body::from_stream(chunks));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}

impl Lines {
    /// The next lines; `None` when all are told.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.after >= self.until {
            return Ok(None);
        }
        let mut events = self.service.journal.select(&self.filter, self.after, PAGE).await?;
        self.after = match events.last() {
            Some(last) if events.len() == PAGE => last.position,
            _ => self.until,
        };
        events.retain(|event| event.position <= self.until);
        if events.is_empty() {
            return Ok(None);
        }
        let names = self.sentences.names(&self.service.journal, &events).await?;
        let mut lines = String::new();
        for event in &events {
            lines.push_str(&super::json(event, &names)?);
            lines.push('\n');
        }
        Ok(Some(lines.into()))
    }
}
