//! What operators have done to projections. A command records what was asked; the engine's controller carries it out,
//! wherever it runs.
//!
//! What a decision looks at beside the projection's stream stands in the engine's tables and in no event, since it is
//! derived. It is read before the decision and may be older than the stream: the rules know that.

mod dead_letters;
mod rebuilds;

pub use dead_letters::SkipDeadLetter;
pub use rebuilds::{PromoteWhen, RequestRebuild, ResumeRebuild};

use chancery_domain::{
    Decision, ProjectionName, Reason, RebuildId, StreamName, VerificationId,
    projection::{self, DeadLetter, Facts, Order, Rebuild, Stage, State},
};
use chancery_views::admin::{self, KnownRebuild, Parked, RebuildState};
use chancery_wire::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Answer, Caller, CommandError, Commands, apps::unchanged_since, fields::Fields, plan::Plan};
use crate::states::Seen;

/// Why an operator wants it.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// At most 1,000 characters.
    #[serde(default)]
    pub reason: String,
}

/// What was asked for: what is kept of the command. The answer shows what has become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub projection: String,
    pub operation: String,
    /// The rebuild or the verification that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<Uuid>,
    /// The dead letter that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
}

/// What a command is about.
#[derive(Debug, Clone, Copy, Default)]
struct About {
    operation: &'static str,
    rebuild: Option<RebuildId>,
    verification: Option<VerificationId>,
    position: Option<u64>,
}

impl Asked {
    /// Reads what a command answered with.
    pub fn of(answer: &Answer) -> Option<Self> {
        serde_json::from_str(&answer.body).ok()
    }
}

impl Commands {
    /// `POST /v1/projections/{name}/pause`
    pub async fn pause_projection(
        &self,
        caller: &Caller,
        name: ProjectionName,
        body: Because,
    ) -> Result<Answer, CommandError> {
        self.operate(caller, name, &body.reason, About::what("pause"), projection::pause).await
    }

    /// `POST /v1/projections/{name}/resume`
    pub async fn resume_projection(
        &self,
        caller: &Caller,
        name: ProjectionName,
        body: Because,
    ) -> Result<Answer, CommandError> {
        self.operate(caller, name, &body.reason, About::what("resume"), projection::resume).await
    }

    /// `POST /v1/projections/{name}/promote`
    pub async fn promote_projection(
        &self,
        caller: &Caller,
        name: ProjectionName,
        body: Because,
    ) -> Result<Answer, CommandError> {
        self.operate(caller, name, &body.reason, About::what("promote"), projection::promote).await
    }

    /// `POST /v1/projections/{name}/rollback`
    pub async fn roll_back_projection(
        &self,
        caller: &Caller,
        name: ProjectionName,
        body: Because,
    ) -> Result<Answer, CommandError> {
        self.operate(caller, name, &body.reason, About::what("rollback"), projection::rollback).await
    }

    /// `DELETE /v1/projections/{name}/former-build`
    pub async fn drop_former_build(
        &self,
        caller: &Caller,
        name: ProjectionName,
    ) -> Result<Answer, CommandError> {
        self.operate(caller, name, "", About::what("drop_build"), projection::drop_build).await
    }

    /// `POST /v1/projections/{name}/verify`
    pub async fn verify_projection(
        &self,
        caller: &Caller,
        name: ProjectionName,
        body: Because,
    ) -> Result<Answer, CommandError> {
        let id = VerificationId(self.0.sources.uuid());
        let about = About { verification: Some(id), ..About::what("verify") };
        let rule = |order: Order, state: &State, facts: &Facts| projection::verify(order, id, state, facts);
        self.operate(caller, name, &body.reason, about, rule).await
    }

    /// The way of all of them: the facts, the rule, the event.
    async fn operate(
        &self,
        caller: &Caller,
        name: ProjectionName,
        reason: &str,
        about: About,
        rule: impl Fn(Order, &State, &Facts) -> Decision,
    ) -> Result<Answer, CommandError> {
        let mut fields = Fields::default();
        let reason = fields.read("/reason", Reason::parse(reason));
        let order = fields.done(reason.map(|reason| Order { projection: name.clone(), reason }))?;
        let facts = self.facts(&name, &about).await?;
        let stream = StreamName::Projection(name.clone());
        let asked = Asked {
            projection: name.to_string(),
            operation: about.operation.to_owned(),
            operation_id: about.rebuild.map(|id| id.0).or(about.verification.map(|id| id.0)),
            position: about.position,
        };
        let decide = |seen: &Seen| {
            let events = rule(order.clone(), &seen.projection(&name)?, &facts)?;
            unchanged_since(caller, seen, &stream)?;
            Ok(Plan::new(202, events, &asked).about(stream.clone()))
        };
        self.0.executor.execute(caller, &[], decide).await
    }

    async fn facts(&self, name: &ProjectionName, about: &About) -> Result<Facts, CommandError> {
        let journal = self.0.executor.journal();
        let (rebuild, position) = (about.rebuild.map(|id| id.0), about.position.map(Position::new));
        let known = admin::facts(journal, name.as_str(), rebuild, position).await?;
        let dead_letter = known.parked.map(|parked| match parked {
            Parked::Failed => DeadLetter { waits_for: None },
            Parked::WaitsFor(position) => DeadLetter { waits_for: Some(position.get()) },
        });
        Ok(Facts {
            exists: known.exists,
            carried_out: known.carried_out,
            latest: known.latest.map(stage),
            named: known.named.map(stage),
            former_build: known.former_build,
            verifying: known.verifying,
            dead_letter,
        })
    }
}

impl About {
    fn what(operation: &'static str) -> Self {
        Self { operation, ..Self::default() }
    }
}

fn stage(known: KnownRebuild) -> Rebuild {
    use RebuildState as S;
    let stage = match known.state {
        S::Requested | S::Filling | S::Paused => Stage::Filling,
        S::Ready | S::Differs => Stage::CaughtUp,
        S::Promoted => Stage::Promoted,
        S::RolledBack | S::Cancelled | S::Failed => Stage::Over,
    };
    Rebuild { rebuild_id: RebuildId(known.rebuild_id), stage }
}
