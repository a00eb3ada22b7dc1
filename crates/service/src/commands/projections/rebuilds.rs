//! Rebuilds.

use chancery_domain::{
    Decision, EventsPerSecond, ProjectionName, Promotion, RebuildId,
    projection::{self, Facts, Order, State},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{About, Because};
use crate::commands::{Answer, Caller, CommandError, Commands, fields::Fields};

/// A rebuild to begin.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestRebuild {
    /// At most so many events a second; as fast as it goes, where it is absent.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub events_per_second: Option<u64>,
    /// What it waits for once it has caught up.
    #[serde(default)]
    pub promote: PromoteWhen,
    /// At most 1,000 characters.
    #[serde(default)]
    pub reason: String,
}

/// When a rebuild is promoted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromoteWhen {
    /// By itself, where the comparison with the live build finds no difference, or where there is none because the
    /// version changed.
    #[default]
    IfEqual,
    /// When an operator says so.
    Manual,
}

/// A rebuild to go on with.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeRebuild {
    /// At most so many events a second; as fast as before, where it is absent.
    #[schema(minimum = 1, maximum = 100_000_000)]
    pub events_per_second: Option<u64>,
    /// At most 1,000 characters.
    #[serde(default)]
    pub reason: String,
}

impl Commands {
    /// `POST /v1/projections/{name}/rebuild`
    pub async fn rebuild_projection(
        &self,
        caller: &Caller,
        name: ProjectionName,
        body: RequestRebuild,
    ) -> Result<Answer, CommandError> {
        let pace = pace(body.events_per_second)?;
        let promote = match body.promote {
            PromoteWhen::IfEqual => Promotion::IfEqual,
            PromoteWhen::Manual => Promotion::Manual,
        };
        let id = RebuildId(self.0.sources.uuid());
        let about = About { rebuild: Some(id), ..About::what("rebuild") };
        let rule = |order: Order, state: &State, facts: &Facts| {
            projection::rebuild(order, id, pace, promote, state, facts)
        };
        self.operate(caller, name, &body.reason, about, rule).await
    }

    /// `POST /v1/projections/{name}/rebuilds/{id}/cancel`
    pub async fn cancel_rebuild(
        &self,
        caller: &Caller,
        name: ProjectionName,
        id: RebuildId,
        body: Because,
    ) -> Result<Answer, CommandError> {
        self.control(caller, name, id, &body.reason, "cancel_rebuild", projection::cancel_rebuild).await
    }

    /// `POST /v1/projections/{name}/rebuilds/{id}/pause`
    pub async fn pause_rebuild(
        &self,
        caller: &Caller,
        name: ProjectionName,
        id: RebuildId,
        body: Because,
    ) -> Result<Answer, CommandError> {
        self.control(caller, name, id, &body.reason, "pause_rebuild", projection::pause_rebuild).await
    }

    /// `POST /v1/projections/{name}/rebuilds/{id}/resume`
    pub async fn resume_rebuild(
        &self,
        caller: &Caller,
        name: ProjectionName,
        id: RebuildId,
        body: ResumeRebuild,
    ) -> Result<Answer, CommandError> {
        let pace = pace(body.events_per_second)?;
        let rule = |order: Order, id: RebuildId, state: &State, facts: &Facts| {
            projection::resume_rebuild(order, id, pace, state, facts)
        };
        self.control(caller, name, id, &body.reason, "resume_rebuild", rule).await
    }

    async fn control(
        &self,
        caller: &Caller,
        name: ProjectionName,
        id: RebuildId,
        reason: &str,
        operation: &'static str,
        rule: impl Fn(Order, RebuildId, &State, &Facts) -> Decision,
    ) -> Result<Answer, CommandError> {
        let about = About { rebuild: Some(id), ..About::what(operation) };
        let rule = |order: Order, state: &State, facts: &Facts| rule(order, id, state, facts);
        self.operate(caller, name, reason, about, rule).await
    }
}

fn pace(number: Option<u64>) -> Result<Option<EventsPerSecond>, CommandError> {
    let Some(number) = number else { return Ok(None) };
    let mut fields = Fields::default();
    let pace = fields.read("/events_per_second", EventsPerSecond::new(number));
    fields.done(pace).map(Some)
}
