//! How projections are, every second and whenever one of them changes its state: server-sent events, as the HTML
//! standard has them.

use std::{pin::Pin, time::Duration};

use axum::{
    http::{HeaderMap, HeaderValue, header::ACCEPT},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use chancery_views::admin::{self, Projection, ProjectionState};
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::super::{Service, authenticate::Bearer, header, problem::Problem, request_error::RequestError};
use crate::auth::AuthError;

/// How often they are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How often they are told where nothing has changed but numbers.
const BEAT: Duration = Duration::from_secs(1);

/// One who watches.
struct Watch {
    service: Service,
    bearer: Bearer,
    /// The projection that is watched, or all.
    only: Option<String>,
    look: Interval,
    told: Option<(Instant, Vec<ProjectionState>)>,
}

/// The stream broke off. `EventSource` comes back by itself.
#[derive(Debug, thiserror::Error)]
#[error("reading the projections failed in the middle of a stream")]
struct Broken;

/// Whether `Accept` names them before anything else that is answered here.
pub(in super::super) fn wants_live(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types =
        accepted.flat_map(|value| value.split(',')).filter_map(|accepted| accepted.split(';').next());
    types.find_map(|name| match name.trim() {
        "text/event-stream" => Some(true),
        "application/json" => Some(false),
        _ => None,
    }) == Some(true)
}

/// Events `projections` (of all) or `projection` (of one), in the shape of the answers of the same path.
pub(in super::super) async fn live(
    service: Service,
    bearer: Bearer,
    only: Option<String>,
) -> Result<Response, Problem> {
    if let Some(name) = &only {
        service.projection(name).await?;
    }
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watch = Watch { bearer, only, look, told: None, service: service.clone() };
    let mut response = Sse::new(events(watch)).into_response();
    response.headers_mut().insert(header::LOG, header::uuid(service.log_id));
    response.headers_mut().insert(header::POSITION, header::number(service.journal.follow().head().get()));
    // Reverse proxies must pass on what comes when it comes.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn events(watch: Watch) -> Pin<Box<dyn Stream<Item = Result<Event, Broken>> + Send>> {
    let events = stream::try_unfold(watch, |mut watch| async move {
        let event = watch.next().await.map_err(|_| Broken)?;
        Ok::<_, Broken>(event.map(|event| (event, watch)))
    });
    events.boxed()
}

impl Watch {
    /// What is told next; `None` when the service stops or the token ends.
    async fn next(&mut self) -> Result<Option<Event>, Problem> {
        loop {
            tokio::select! {
                biased;
                () = self.service.stop.cancelled() => return Ok(None),
                _ = self.look.tick() => {}
            }
            let found = self.found().await?;
            let states: Vec<_> = found.value.iter().map(|projection| projection.state).collect();
            let now = Instant::now();
            if self.told.as_ref().is_some_and(|(at, told)| *told == states && now < *at + BEAT) {
                continue;
            }
            self.told = Some((now, states));
            if let Err(AuthError::Unknown) = self.service.tokens.authenticate(self.bearer.as_str()).await {
                return Ok(None);
            }
            return event(self.only.is_some(), &found.value)
                .map(|event| Some(event.id(found.position.to_string())));
        }
    }

    async fn found(&self) -> Result<chancery_views::At<Vec<Projection>>, Problem> {
        Ok(match &self.only {
            None => admin::projections(&self.service.journal).await?,
            Some(name) => self.service.projection(name).await?.map(|projection| vec![projection]),
        })
    }
}

fn event(one: bool, found: &[Projection]) -> Result<Event, Problem> {
    let (name, data) = match found.first().filter(|_| one) {
        Some(projection) => ("projection", serde_json::to_value(projection)),
        None if one => return Err(RequestError::NotFound.into()),
        None => (
            "projections",
            serde_json::to_value(found).map(|items| json!({"items": items, "next_cursor": null})),
        ),
    };
    let data = data.map_err(|error| Problem::internal("a projection cannot be written as JSON", &error))?;
    Ok(Event::default().event(name).data(data.to_string()))
}
