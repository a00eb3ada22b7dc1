//! What a command on a projection answers: what has become of it within a few seconds.

use std::time::Duration;

use axum::{
    http::{HeaderValue, header::LOCATION},
    response::Response,
};
use chancery_views::{
    At,
    admin::{self, Projection, Rebuild, Verification},
};
use chancery_wire::Position;
use serde::Serialize;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::super::{Service, problem::Problem, request_error::RequestError};
use crate::commands::{Answer, Asked, CommandError};

/// How long a command waits for what it asked for, and a read for what was asked before.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks.
const AGAIN: Duration = Duration::from_millis(50);

/// What a command's answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Of {
    /// The projection: 200 once it is carried out, 202 before.
    Projection,
    /// The rebuild that it controls: the same.
    Rebuild,
    /// The rebuild that it began, which goes on: 202.
    NewRebuild,
    /// The verification that it began, which goes on: 202.
    NewVerification,
}

/// How far something has come that was asked for.
#[derive(Debug, Clone, Copy)]
enum Until {
    /// It stands in the engine's tables.
    Known,
    /// It is done, as far as it can be done at once.
    CarriedOut,
}

impl Service {
    /// The answer to a command, once it is carried out or known to the engine, or else after a few seconds: nobody may
    /// be there to carry it out.
    pub(in super::super) async fn operated(
        &self,
        name: &'static str,
        of: Of,
        result: Result<Answer, CommandError>,
    ) -> Result<Response, Problem> {
        let (answer, asked) = match result {
            Ok(answer) => match Asked::of(&answer) {
                Some(asked) => (answer, asked),
                None => return self.answered(name, Ok(answer)),
            },
            Err(error) => return self.answered(name, Err(error)),
        };
        let goes_on = matches!(of, Of::NewRebuild | Of::NewVerification);
        let until = if goes_on { Until::Known } else { Until::CarriedOut };
        let done = self.has_come(until, &asked.projection, answer.position).await?;
        let status = if done && !goes_on { 200 } else { 202 };
        let (kind, body) = match (of, asked.operation_id) {
            (Of::Projection, _) | (_, None) => ("", json(&self.projection(&asked.projection).await?.value)?),
            (Of::Rebuild | Of::NewRebuild, Some(id)) => {
                ("rebuilds", json(&self.rebuild(&asked.projection, id).await?)?)
            }
            (Of::NewVerification, Some(id)) => {
                ("verifications", json(&self.verification(&asked.projection, id).await?)?)
            }
        };
        let mut response = self.answered(name, Ok(Answer { status, body, ..answer }))?;
        if let (true, Some(id)) = (goes_on, asked.operation_id) {
            let location = format!("/v1/projections/{}/{kind}/{id}", asked.projection);
            if let Ok(location) = HeaderValue::from_str(&location) {
                response.headers_mut().insert(LOCATION, location);
            }
        }
        Ok(response)
    }

    /// Where the log is, once what was asked of the projection up to `wanted` is carried out. Refuses a projection that there
    /// is not.
    pub(in super::super) async fn asked(
        &self,
        projection: &str,
        wanted: Option<Position>,
    ) -> Result<Position, Problem> {
        if !admin::exists(&self.journal, projection).await? {
            return Err(RequestError::NotFound.into());
        }
        let position = self.reached(wanted).await?;
        match wanted {
            Some(wanted) if !self.has_come(Until::Known, projection, wanted).await? => {
                Err(Problem::behind(projection, wanted))
            }
            _ => Ok(position),
        }
    }

    /// Whether what was asked of the projection up to this position has come so far, within a few seconds.
    async fn has_come(&self, until: Until, projection: &str, upto: Position) -> Result<bool, Problem> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let so_far = match until {
                Until::Known => admin::is_known(&self.journal, projection, upto).await?,
                Until::CarriedOut => admin::is_carried_out(&self.journal, projection, upto).await?,
            };
            if so_far || Instant::now() >= deadline {
                return Ok(so_far);
            }
            sleep(AGAIN).await;
        }
    }

    pub(in super::super) async fn projection(&self, name: &str) -> Result<At<Projection>, Problem> {
        let At { position, value } = admin::projection(&self.journal, name).await?;
        Ok(At { position, value: value.ok_or(RequestError::NotFound)? })
    }

    pub(in super::super) async fn rebuild(&self, projection: &str, id: Uuid) -> Result<Rebuild, Problem> {
        let found = admin::rebuild(&self.journal, projection, id).await?;
        Ok(found.ok_or(RequestError::NotFound)?)
    }

    pub(in super::super) async fn verification(
        &self,
        projection: &str,
        id: Uuid,
    ) -> Result<Verification, Problem> {
        let found = admin::verification(&self.journal, projection, id).await?;
        Ok(found.ok_or(RequestError::NotFound)?)
    }
}

fn json(body: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(body)
        .map_err(|error| Problem::internal("an answer cannot be written as JSON", &error))
}
