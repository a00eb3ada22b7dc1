//! What handlers answer with, and the headers that go with it.

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    response::Response,
};
use chancery_views::At;
use chancery_wire::Position;
use serde::Serialize;

use super::{Service, header, problem::Problem, request_error::RequestError};
use crate::commands::{Answer, CommandError};

impl Service {
    /// The answer to a command. `name` is what metrics call it.
    pub(super) fn answered(
        &self,
        name: &'static str,
        result: Result<Answer, CommandError>,
    ) -> Result<Response, Problem> {
        let answer = result.map_err(Problem::from);
        let outcome = match &answer {
            Ok(answer) if answer.replayed => "replayed",
            Ok(_) => "accepted",
            Err(problem) => problem.code(),
        };
        self.metrics.commands.count(name, outcome);
        let answer = answer?;
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
        let mut response = self.json(status, answer.position, Body::from(answer.body));
        let headers = response.headers_mut();
        if let Some(version) = answer.stream_version {
            headers.insert(ETAG, header::etag(version));
        }
        if answer.replayed {
            headers.insert(header::IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
        }
        // Some hold a secret, and no cache has any use for the others.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    /// The answer to a read.
    pub(super) fn reflected<T: Serialize>(&self, at: &At<T>) -> Result<Response, Problem> {
        let body = serde_json::to_vec(&at.value)
            .map_err(|error| Problem::internal("an answer cannot be written as JSON", &error))?;
        Ok(self.json(StatusCode::OK, at.position, Body::from(body)))
    }

    /// The answer to a read of one thing that has a stream of its own.
    pub(super) fn tagged<T: Serialize>(&self, at: &At<T>, version: u64) -> Result<Response, Problem> {
        let mut response = self.reflected(at)?;
        response.headers_mut().insert(ETAG, header::etag(version));
        Ok(response)
    }

    fn json(&self, status: StatusCode, position: Position, body: Body) -> Response {
        let mut response = self.at(position, body);
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// An answer that reflects `position` of this log.
    pub(super) fn at(&self, position: Position, body: Body) -> Response {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(header::POSITION, header::number(position.get()));
        headers.insert(header::LOG, header::uuid(self.log_id));
        response
    }
}

/// What was read, or the one answer for what is absent.
pub(super) fn found<T>(at: At<Option<T>>) -> Result<At<T>, RequestError> {
    let At { position, value } = at;
    value.map(|value| At { position, value }).ok_or(RequestError::NotFound)
}
