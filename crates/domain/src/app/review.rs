//! The reviewers' decision (rule 12): once, and only for public apps of third parties.

use crate::{AppApproved, AppRejected, Decision, Reason, Refusal};

use super::{App, Review, State};

/// Makes the app visible to the tenants that it is listed for, now and for all later versions.
pub fn approve(reason: Reason, state: &State) -> Decision {
    let app = pending(state)?;
    Ok(vec![AppApproved { app_id: app.app_id, reason }.into()])
}

/// Keeps the app invisible, and says why.
pub fn reject(reason: Reason, state: &State) -> Decision {
    let app = pending(state)?;
    if reason.as_str().is_empty() {
        return Err(Refusal::ReasonMissing);
    }
    Ok(vec![AppRejected { app_id: app.app_id, reason }.into()])
}

fn pending(state: &State) -> Result<&App, Refusal> {
    let app = state.live().ok_or(Refusal::AppUnknown)?;
    match app.review {
        Review::Pending => Ok(app),
        Review::NotRequired => Err(Refusal::ReviewNotRequired),
        Review::Approved { .. } | Review::Rejected { .. } => Err(Refusal::ReviewDecided),
    }
}
