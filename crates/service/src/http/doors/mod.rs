//! The doors to the gate that speak HTTP, as `doors` has it: what reads a call and what writes the decision down.
//!
//! Every call of the platform's API comes through here, so these requests pass no router, no middleware and no span
//! (but where the caller's trace is sampled); everything else that a gateway asks for goes the way of the API.

mod answer;
mod authorize;
mod forward;
mod gateway;
mod headers;
mod refused;
mod serve;

pub(super) use authorize::{AllowedDocument, Question};
pub use serve::Doors;

use axum::{body::Body, extract::Request, response::Response};

use self::answer::Answer;
use super::{Service, edge::Whole, problem::Problem, request_error::RequestError, trace::Trace};

/// What a router says for `POST /v1/authorize`, to a bearer whose role may.
pub(super) async fn authorize(service: &Service, request: Request) -> Result<Response, Problem> {
    let door = service.door.as_ref().ok_or(RequestError::GateElsewhere)?;
    let (parts, body) = request.into_parts();
    let question = Question::of(&parts, body).await?;
    let trace = || parts.extensions.get::<Trace>().map_or_else(String::new, |trace| trace.id.clone());
    let mut response = authorize::decide(service, door, &question, trace).await.map(Body::from);
    response.extensions_mut().insert(Whole);
    Ok(response)
}

/// A problem that is no decision, written down.
fn turned_away(service: &Service, problem: &Problem, trace: &Trace) -> Answer {
    if let Some(door) = &service.door {
        door.turned_away(problem.code());
    }
    answer::problem(problem, &trace.id)
}
