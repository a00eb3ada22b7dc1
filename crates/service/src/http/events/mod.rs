//! The log itself, for consumers: in pages, as NDJSON up to its head, or live.

mod lines;
mod live;
mod page;
mod query;

use axum::{
    extract::State,
    http::{HeaderMap, header::ETAG},
    response::Response,
};
use chancery_views::At;
use chancery_wire::Recorded;

use self::query::{EventQuery, Format};
use super::{
    Service, authenticate::Bearer, header, list::List, path::PositionOf, problem::Problem, reading::Reading,
    request_error::RequestError,
};
use crate::events::{EventDocument, Names};

/// Read events.
///
/// For consumers, gateways, auditors and the platform. Every given filter must match. `Accept` chooses the form:
///
/// - `application/json`: a page, `Chancery-Position` is the position that the search went up to: where
///   `next_cursor` is null, ask again later with `after` at it.
/// - `application/x-ndjson`: an event a line, up to the log's head at the start, which is `Chancery-Position`.
/// - `text/event-stream`: an event each, with its position as `id`, for ever. Every second an event `head` says
///   how far the log goes, `{log_id, position, time}`; its `id` is the position up to which nothing is missing.
///   `Last-Event-ID` goes before `after`.
#[utoipa::path(get, path = "/v1/events", operation_id = "listEvents", tag = "events",
    params(
        EventQuery,
        ("Last-Event-ID" = Option<u64>, Header, description = "Where a live stream goes on."),
    ),
    responses((status = 200, description = "Events in the log's order.", content(
        (List<EventDocument<'static>> = "application/json"),
        (EventDocument<'static> = "application/x-ndjson"),
        (EventDocument<'static> = "text/event-stream"),
    ))))]
pub(super) async fn list(
    State(service): State<Service>,
    headers: HeaderMap,
    axum::Extension(bearer): axum::Extension<Bearer>,
    read: Reading<EventQuery>,
) -> Result<Response, Problem> {
    if let Some(wanted) = read.min_position {
        service.known(wanted).await?;
    }
    // A stream goes on there; what is malformed is refused for pages too.
    let last = header::last_event_id(&headers)?;
    match Format::of(&headers) {
        Format::Page => page::answer(&service, &read.query).await,
        Format::Lines => lines::answer(&service, &read.query).await,
        Format::Live => live::answer(service, &read.query, last, bearer).await,
    }
}

/// Read one event.
///
/// For consumers, gateways, auditors and the platform. With a sentence for people.
#[utoipa::path(get, path = "/v1/events/{position}", operation_id = "getEvent", tag = "events",
    params(("position" = u64, Path, description = "The event's place in the log.")),
    responses((status = 200, description = "The event.", body = EventDocument<'static>)))]
pub(super) async fn show(
    State(service): State<Service>,
    PositionOf(position): PositionOf,
    read: Reading,
) -> Result<Response, Problem> {
    if let Some(wanted) = read.min_position {
        service.known(wanted).await?;
    }
    let event = service.journal.event(position).await?.ok_or(RequestError::NotFound)?;
    let names = Names::of_sentences(&service.journal, std::slice::from_ref(&event)).await?;
    let value = document(&event, &names)?;
    let mut response = service.reflected(&At { position, value })?;
    response.headers_mut().insert(ETAG, header::etag(position.get()));
    Ok(response)
}

fn document<'a>(event: &'a Recorded, names: &'a Names) -> Result<EventDocument<'a>, Problem> {
    EventDocument::of(event, names).map_err(|error| Problem::internal("an event's data is not JSON", &error))
}

fn json(event: &Recorded, names: &Names) -> Result<String, Problem> {
    serde_json::to_string(&document(event, names)?)
        .map_err(|error| Problem::internal("an event cannot be written as JSON", &error))
}
