//! Reviewing apps, and resubmitting those that were rejected.

use chancery_domain::{AppId, Reason, StreamName, app};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    super::{Answer, Caller, CommandError, Commands, fields::Fields},
    answer, unchanged_since,
};
use crate::states::Seen;

/// A reviewer's decision.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewDecision {
    pub decision: ReviewVerdict,
    /// At most 1,000 characters; needed to reject.
    #[serde(default)]
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    Approve,
    Reject,
}

impl Commands {
    /// `POST /v1/apps/{app}/review`
    pub async fn review_app(
        &self,
        caller: &Caller,
        app_id: AppId,
        body: ReviewDecision,
    ) -> Result<Answer, CommandError> {
        let mut fields = Fields::default();
        let reason = fields.read("/reason", Reason::parse(&body.reason));
        let reason = fields.done(reason)?;
        let decide = |seen: &Seen| {
            let state = seen.app(app_id)?;
            let events = match body.decision {
                ReviewVerdict::Approve => app::approve(reason.clone(), &state),
                ReviewVerdict::Reject => app::reject(reason.clone(), &state),
            }?;
            unchanged_since(caller, seen, &StreamName::App(app_id))?;
            answer(seen, 200, app_id, events, None)
        };
        self.0.executor.execute(caller, &[], decide).await
    }

    /// `POST /v1/apps/{app}/review-requests`
    pub async fn request_review(&self, caller: &Caller, app_id: AppId) -> Result<Answer, CommandError> {
        let organization_id = caller.organization()?;
        let decide = |seen: &Seen| {
            let state = seen.app(app_id)?;
            let events = app::request_review(organization_id, &state)?;
            unchanged_since(caller, seen, &StreamName::App(app_id))?;
            answer(seen, 200, app_id, events, None)
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}
