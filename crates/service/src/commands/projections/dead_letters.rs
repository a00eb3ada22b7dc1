//! Events that could not be applied.

use chancery_domain::{
    ProjectionName,
    projection::{self, Facts, Order, State},
};
use chancery_wire::Position;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{About, Because};
use crate::commands::{Answer, Caller, CommandError, Commands};

/// An event to leave out.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipDeadLetter {
    /// Why it may be left out: 1 to 1,000 characters.
    pub reason: String,
}

impl Commands {
    /// `POST /v1/projections/{name}/dead-letters/{position}/retry`
    pub async fn retry_dead_letter(
        &self,
        caller: &Caller,
        name: ProjectionName,
        position: Position,
        body: Because,
    ) -> Result<Answer, CommandError> {
        let position = position.get();
        let about = About { position: Some(position), ..About::what("retry") };
        let rule =
            |order: Order, state: &State, facts: &Facts| projection::retry(order, position, state, facts);
        self.operate(caller, name, &body.reason, about, rule).await
    }

    /// `POST /v1/projections/{name}/dead-letters/{position}/skip`
    pub async fn skip_dead_letter(
        &self,
        caller: &Caller,
        name: ProjectionName,
        position: Position,
        body: SkipDeadLetter,
    ) -> Result<Answer, CommandError> {
        let position = position.get();
        let about = About { position: Some(position), ..About::what("skip") };
        let rule =
            |order: Order, state: &State, facts: &Facts| projection::skip(order, position, state, facts);
        self.operate(caller, name, &body.reason, about, rule).await
    }
}
