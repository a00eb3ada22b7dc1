//! A request that changes nothing, and how fresh its answer must be.

use std::{sync::Arc, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use chancery_views::{Reader, View};
use chancery_wire::Position;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::{Service, header, problem::Problem, query, query::NoQuery, request_error::RequestError};
use crate::auth::Principal;

/// How long a read waits for the position that it must reflect.
const PATIENCE: Duration = Duration::from_secs(5);

/// A read, of a bearer whose role may do it.
#[derive(Debug)]
pub(super) struct Reading<Q = NoQuery> {
    pub(super) principal: Arc<Principal>,
    pub(super) min_position: Option<Position>,
    pub(super) query: Q,
}

impl<Q: DeserializeOwned> FromRequestParts<Service> for Reading<Q> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Service) -> Result<Self, Problem> {
        let principal = parts.extensions.get::<Arc<Principal>>().cloned();
        Ok(Self {
            principal: principal.ok_or_else(Problem::unauthenticated)?,
            min_position: header::min_position(&parts.headers)?,
            query: query::read(&parts.uri)?,
        })
    }
}

impl Service {
    /// Waits until all `views` reflect the position, if one is asked for; what is read then reflects it too.
    pub(super) async fn reach(
        &self,
        wanted: Option<Position>,
        views: &[&'static dyn View],
    ) -> Result<Reader, Problem> {
        let Some(wanted) = wanted else { return Ok(self.reader.clone()) };
        self.known(wanted).await?;
        let deadline = Instant::now() + PATIENCE;
        for view in views {
            self.reader.wait_for(*view, wanted, deadline).await?;
        }
        Ok(self.reader.at_least(wanted))
    }

    /// The log's position as far as it is known here, once `wanted` is: for what reflects no events.
    pub(super) async fn reached(&self, wanted: Option<Position>) -> Result<Position, Problem> {
        if let Some(wanted) = wanted {
            self.known(wanted).await?;
        }
        Ok(self.journal.follow().head().max(wanted.unwrap_or_default()))
    }

    /// Refuses a position that the log has not: it is of another log, or of one that was set back.
    pub(super) async fn known(&self, wanted: Position) -> Result<(), Problem> {
        if wanted <= self.journal.follow().head() {
            return Ok(());
        }
        // What is told of the head may be on its way here still.
        let head = self.journal.head().await?.position;
        if wanted <= head { Ok(()) } else { Err(RequestError::PositionUnknown { head }.into()) }
    }
}
