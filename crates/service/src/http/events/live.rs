//! Events as they happen: server-sent events, as the HTML standard has them.

use std::{pin::Pin, time::Duration};

use axum::{
    http::HeaderValue,
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use chancery_journal::{Filter, Follower};
use chancery_wire::{Head, Position};
use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{
    super::{Service, authenticate::Bearer, header, problem::Problem},
    EventQuery,
    query::Sentences,
};
use crate::auth::AuthError;

/// Events in memory at once.
const PAGE: usize = 250;
/// How often the head is told.
const BEAT: Duration = Duration::from_secs(1);

/// One reader's place in the log.
struct Tail {
    service: Service,
    bearer: Bearer,
    filter: Filter,
    sentences: Sentences,
    /// Nothing that matches is missing up to here.
    after: Position,
    follower: Follower,
    beat: Interval,
}

/// The stream broke off. `EventSource` comes back by itself, and goes on where it was.
#[derive(Debug, thiserror::Error)]
#[error("reading events failed in the middle of a stream")]
struct Broken;

pub(super) async fn answer(
    service: Service,
    query: &EventQuery,
    last: Option<Position>,
    bearer: Bearer,
) -> Result<Response, Problem> {
    query.has_no_pages()?;
    query.has_no_end()?;
    let beginning = query.after(&service).await?;
    let after = last.unwrap_or(beginning);
    service.known(after).await?;
    let filter = query.filter(&service).await?;
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let follower = service.journal.follow();
    let head = follower.head().max(after);
    let sentences = query.sentences();
    let tail = Tail { bearer, filter, sentences, after, follower, beat, service: service.clone() };
    let mut response = Sse::new(events(tail)).into_response();
    response.headers_mut().insert(header::LOG, header::uuid(service.log_id));
    response.headers_mut().insert(header::POSITION, header::number(head.get()));
    // Reverse proxies must pass on what comes when it comes.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn events(tail: Tail) -> Pin<Box<dyn Stream<Item = Result<Event, Broken>> + Send>> {
    let batches = stream::try_unfold(tail, |mut tail| async move {
        let batch = tail.next().await.map_err(|_| Broken)?;
        Ok::<_, Broken>(batch.map(|batch| (batch, tail)))
    });
    let each = batches.flat_map(|batch| match batch {
        Ok(batch) => stream::iter(batch.into_iter().map(Ok).collect::<Vec<_>>()),
        Err(broken) => stream::iter(vec![Err(broken)]),
    });
    each.boxed()
}

impl Tail {
    /// What comes next; `None` when the service stops or the token ends.
    async fn next(&mut self) -> Result<Option<Vec<Event>>, Problem> {
        loop {
            tokio::select! {
                biased;
                () = self.service.stop.cancelled() => return Ok(None),
                _ = self.beat.tick() => return self.beat().await,
                head = self.follower.after(self.after) => {
                    let events = self.events(head).await?;
                    if !events.is_empty() {
                        return Ok(Some(events));
                    }
                }
            }
        }
    }

    /// What matches after the last look, at most a page of it. The next look begins where this one ended, also
    /// where nothing matched.
    async fn events(&mut self, head: Position) -> Result<Vec<Event>, Problem> {
        let events = self.service.journal.select(&self.filter, self.after, PAGE).await?;
        let names = self.sentences.names(&self.service.journal, &events).await?;
        let shown = events.iter().map(|event| {
            let json = super::json(event, &names)?;
            Ok(Event::default().id(event.position.to_string()).event("event").data(json))
        });
        let shown = shown.collect::<Result<_, Problem>>()?;
        self.after = match events.last() {
            Some(last) if events.len() == PAGE => last.position,
            Some(last) => last.position.max(head),
            None => head,
        };
        Ok(shown)
    }

    /// Tells the head, unless the bearer's token has ended meanwhile.
    async fn beat(&self) -> Result<Option<Vec<Event>>, Problem> {
        if let Err(AuthError::Unknown) = self.service.tokens.authenticate(self.bearer.as_str()).await {
            return Ok(None);
        }
        let position = self.follower.head().max(self.after);
        let head = Head { log_id: self.service.log_id, position, time: Timestamp::now() };
        let json = serde_json::to_string(&head)
            .map_err(|error| Problem::internal("the head cannot be written as JSON", &error))?;
        Ok(Some(vec![Event::default().id(self.after.to_string()).event("head").data(json)]))
    }
}
