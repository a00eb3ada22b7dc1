//! Events in pages.

use axum::response::Response;
use chancery_views::At;

use super::{
    super::{Service, list::to_cursor, problem::Problem},
    EventQuery, List, query,
};

pub(super) async fn answer(service: &Service, query: &EventQuery) -> Result<Response, Problem> {
    let (after, limit) = query.page(service).await?;
    let filter = query.filter(service).await?;
    let head = service.journal.head().await?.position;
    let mut events = service.journal.select(&filter, after, limit + 1).await?;
    let more = events.len() > limit;
    events.truncate(limit);
    let last = events.last().map(|event| event.position);
    // Everything that matches, up to here, is in this page or was in one before.
    let end = filter.through.map_or(head, |through| through.min(head));
    let position = match last {
        Some(last) if more => last,
        // Appended since the head was read, and there all the same.
        Some(last) => last.max(end),
        None => end,
    };
    let names = query.sentences().names(&service.journal, &events).await?;
    let items = events.iter().map(|event| super::document(event, &names)).collect::<Result<_, _>>()?;
    let next_cursor = last.filter(|_| more).map(|last| to_cursor(query::LIST, &last));
    service.reflected(&At { position, value: List { items, next_cursor } })
}
